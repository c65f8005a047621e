"""Findings of checkov against those that are skipped for a reason."""

from __future__ import annotations

import json

import pytest
import yaml

from scripts.scan import SKIPS, ScanError, problems, read_report, read_skips

FINDINGS = {("S1", "Bucket"): "no logs", ("S1", "Archive"): "no logs"}


def report(parsing_errors: int = 0) -> str:
    failed = {"check_id": "S1", "check_name": "no logs", "resource": "AWS::S3::Bucket.Bucket"}
    summary = {"failed": 1, "parsing_errors": parsing_errors}
    return json.dumps({"results": {"failed_checks": [failed]}, "summary": summary})


def test_findings_that_are_all_skipped_pass():
    assert problems(FINDINGS, FINDINGS) == []


def test_a_new_finding_fails():
    assert problems({**FINDINGS, ("S2", "Bucket"): "open to all"}, FINDINGS) == [
        "S2 at Bucket: open to all"
    ]


def test_a_skip_that_matches_nothing_any_more_fails():
    [problem] = problems({("S1", "Bucket"): "no logs"}, FINDINGS)

    assert "S1 at Archive, which checkov no longer finds" in problem


def test_a_scanner_that_found_nothing_fails():
    assert len(problems({}, FINDINGS)) == 2


def test_a_report_is_read_by_logical_id():
    assert read_report(report()) == {("S1", "Bucket"): "no logs"}


@pytest.mark.parametrize(
    "text", [report(parsing_errors=1), json.dumps({"passed": 0, "failed": 0}), "Error: no template"]
)
def test_a_scanner_that_could_not_read_is_not_taken_for_a_clean_one(text: str):
    with pytest.raises(ScanError, match="did not read"):
        read_report(text)


def test_each_check_is_skipped_for_its_resources():
    assert read_skips("S1: {resources: [Bucket, Archive], reason: None.}") == set(FINDINGS)


@pytest.mark.parametrize(
    "entry", ["{resources: [A]}", "{resources: [A], reason: ''}", "{resources: [], reason: Why.}"]
)
def test_an_entry_without_resources_or_reason_is_refused(entry: str):
    with pytest.raises(ScanError, match="S1 needs resources and a reason"):
        read_skips(f"S1: {entry}")


def test_each_of_our_skips_has_a_sentence_for_a_reason():
    for check, entry in yaml.safe_load(SKIPS.read_text()).items():
        assert entry["reason"].endswith("."), check
        assert len(entry["reason"].split()) > 2, check
