"""docs/permissions.md and the template grant the same, row by row."""

from __future__ import annotations

import copy
import re
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.template.policies import Grant, as_list, grants

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
HEADING = re.compile(r"### `(\w+)`$")
COLUMNS = ["actions", "resources", "conditions", "why", "AWS's documentation"]
QUOTED = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^]]+\]\(https://docs\.aws\.amazon\.com/[^)\s]+\)")


class Row(NamedTuple):
    """A row of the page: what one policy grants, why, and where AWS says so."""

    owner: str
    cells: list[str]

    def grants(self) -> list[Grant]:
        named, resources, conditions = (QUOTED.findall(cell) for cell in self.cells[:3])
        return [
            Grant(self.owner, action, resource, frozenset(conditions))
            for action, resource in product(named, resources)
        ]


def rows() -> list[Row]:
    rows = []
    owner = ""
    for line in PAGE.read_text().splitlines():
        if heading := HEADING.match(line):
            owner = heading[1]
        elif line.startswith("#"):
            owner = ""
        elif owner and line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells != COLUMNS and set(line) != {"|", "-"}:
                rows.append(Row(owner, cells))
    return rows


def documented() -> list[Grant]:
    return [grant for row in rows() for grant in row.grants()]


def differences(resources: dict[str, Any]) -> set[Grant]:
    return set(grants(resources)) ^ set(documented())


def statement(resources: dict[str, Any], role: str, action: str) -> dict[str, Any]:
    [policy] = resources[role]["Properties"]["Policies"]
    statements: list[dict[str, Any]] = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if action in as_list(statement["Action"])
    ]
    return statements[0]


def test_what_the_template_grants_is_in_the_page(resources: dict[str, Any]):
    assert set(grants(resources)) - set(documented()) == set()


def test_what_is_in_the_page_is_granted_by_the_template(resources: dict[str, Any]):
    assert set(documented()) - set(grants(resources)) == set()


def test_nothing_stands_in_the_page_twice():
    assert len(documented()) == len(set(documented()))


def test_every_row_says_why_and_links_aws_s_documentation():
    assert len(rows()) > 50
    for row in rows():
        assert len(row.cells) == len(COLUMNS), row
        assert row.grants(), row
        assert len(row.cells[3]) > 15, row
        assert LINK.search(row.cells[4]), row


@pytest.mark.parametrize(
    ("role", "action", "part", "value"),
    [
        ("SplitRole", "s3:GetObjectTagging", "Action", "s3:GetObject"),
        ("LaunchRole", "sagemaker:AddTags", "Resource", "*"),
        ("LaunchRole", "iam:PassRole", "Condition", {}),
        ("TrainingRole", "s3:AbortMultipartUpload", "Effect", "Deny"),
    ],
)
def test_a_changed_statement_would_be_found(
    resources: dict[str, Any], role: str, action: str, part: str, value: Any
):
    changed = copy.deepcopy(resources)
    statement(changed, role, action)[part] = value

    assert differences(changed)


def test_a_statement_that_depends_on_a_condition_would_be_found(resources: dict[str, Any]):
    extra = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": {"Ref": "Bucket"}}
    changed = copy.deepcopy(resources)
    [policy] = changed["PlotRole"]["Properties"]["Policies"]
    conditional = {"Fn::If": ["HasNotificationEmail", extra, {"Ref": "AWS::NoValue"}]}
    policy["PolicyDocument"]["Statement"].append(conditional)

    assert differences(changed) == differences(resources) | {
        Grant("PlotRole", "s3:DeleteObject", "Bucket", frozenset({"if HasNotificationEmail"}))
    }


def test_a_policy_of_another_kind_would_be_found(resources: dict[str, Any]):
    document = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    changed = {**resources, "Extra": {"Type": "AWS::IAM::ManagedPolicy"}}
    changed["Extra"] = {**changed["Extra"], "Properties": {"PolicyDocument": document}}

    assert differences(changed) == differences(resources) | {
        Grant("Extra", "s3:*", "*", frozenset())
    }


@pytest.mark.parametrize("part", ["NotAction", "NotResource", "NotPrincipal"])
def test_a_statement_by_exclusion_is_refused(resources: dict[str, Any], part: str):
    changed = copy.deepcopy(resources)
    statement(changed, "PlotRole", "sns:Publish")[part] = "*"

    with pytest.raises(KeyError, match=part):
        list(grants(changed))
