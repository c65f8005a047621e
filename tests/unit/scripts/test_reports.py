"""The reports of the scanners, as they write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.scan.reports import ScanError, of_bandit, of_cdk_nag, of_checkov
from scripts.scan.skips import Finding


def bandit(errors: list[Any]) -> str:
    issue = {
        "filename": "./functions/common/once.py",
        "issue_text": "Use of exec.",
        "line_number": 7,
        "test_id": "B102",
    }
    return json.dumps({"errors": errors, "results": [issue]})


def checkov(parsing_errors: int) -> str:
    failed = {
        "check_id": "CKV_AWS_18",
        "check_name": "Ensure access logging",
        "resource": "AWS::S3::Bucket.Bucket",
    }
    summary = {"failed": 1, "parsing_errors": parsing_errors}
    return json.dumps({"results": {"failed_checks": [failed]}, "summary": summary})


def nag(rule: str, plugin: str = "AwsSolutions") -> str:
    violation = {
        "description": "Not good.",
        "ruleName": rule,
        "violatingConstructs": [
            {"constructPath": "droptrain/template/SplitRole"},
            {"constructPath": "droptrain/template/PlotRole"},
        ],
    }
    return json.dumps({"pluginReports": [{"pluginName": plugin, "violations": [violation]}]})


def test_bandit_is_read_by_file():
    assert of_bandit(bandit([])) == [
        Finding("B102", "functions/common/once.py", "line 7: Use of exec.")
    ]


def test_checkov_is_read_by_logical_id():
    assert of_checkov(checkov(0)) == [Finding("CKV_AWS_18", "Bucket", "Ensure access logging")]


def test_cdk_nag_is_read_by_logical_id():
    assert of_cdk_nag(nag("AwsSolutions-L1")) == [
        Finding("AwsSolutions-L1", "SplitRole", "Not good."),
        Finding("AwsSolutions-L1", "PlotRole", "Not good."),
    ]


@pytest.mark.parametrize(
    ("detail", "pattern"),
    [
        ("Resource::<Bucket.Arn>/raw/*", "Resource::<Bucket.Arn>/raw/*"),
        ("Action::s3:*", "Action::s3:*"),
        ('Resource::["job/${Hash}-*",{"Hash":{"Ref":"Id"}}]', "Resource::job/<Hash>-*"),
    ],
)
def test_cdk_nag_tells_each_pattern_of_a_role(detail: str, pattern: str):
    finding, _ = of_cdk_nag(nag(f"AwsSolutions-IAM5[{detail}]"))

    assert finding == Finding("AwsSolutions-IAM5", f"SplitRole {pattern}", "Not good.")


@pytest.mark.parametrize(
    ("read", "report"),
    [
        (of_bandit, bandit(errors=[{"filename": "broken.py", "reason": "syntax error"}])),
        (of_checkov, checkov(parsing_errors=1)),
        (of_checkov, json.dumps({"passed": 0, "failed": 0})),
        (of_cdk_nag, nag("W3011", plugin="CloudFormation Validate")),
        (of_cdk_nag, "Error: no Node.js"),
    ],
)
def test_a_scanner_that_could_not_read_is_not_taken_for_a_clean_one(read: Any, report: str):
    with pytest.raises(ScanError):
        read(report)
