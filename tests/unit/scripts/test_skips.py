"""What a scan finds, against what is skipped with a reason."""

from __future__ import annotations

import pytest

from scripts.scan.__main__ import SKIPS
from scripts.scan.skips import Finding, Skip, SkipsError, judge, read_skips

LOGS = Skip("S1", ("Bucket", "Archive"), "No second bucket.")
BUCKET, ARCHIVE = Finding("S1", "Bucket", "no logs"), Finding("S1", "Archive", "no logs")


def test_findings_that_match_the_skips_pass():
    assert judge([BUCKET, ARCHIVE], [LOGS]).passed


def test_a_place_found_twice_needs_one_skip():
    assert judge([BUCKET, BUCKET, ARCHIVE], [LOGS]).passed


@pytest.mark.parametrize("new", [Finding("S1", "Other", ""), Finding("S2", "Bucket", "")])
def test_a_new_finding_fails(new: Finding):
    verdict = judge([BUCKET, ARCHIVE, new], [LOGS])

    assert not verdict.passed
    assert verdict.unexplained == (new,)


def test_a_skip_that_matches_nothing_any_more_fails():
    verdict = judge([BUCKET], [LOGS])

    assert not verdict.passed
    assert verdict.stale == (("S1", "Archive"),)


def test_a_scanner_that_saw_nothing_fails():
    assert judge([], [LOGS]).stale == (("S1", "Archive"), ("S1", "Bucket"))


def test_skips_are_read_for_each_scanner():
    text = "one: []\ntwo: [{check: S1, places: [Bucket, Archive], reason: No second bucket.}]"

    assert read_skips(text) == {"one": [], "two": [LOGS]}


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{check: S1, places: [Bucket]}", "a check, places and a reason"),
        ("{check: S1, places: [Bucket], reason: why, until: never}", "a check, places and a"),
        ("{check: S1, places: [Bucket], reason: ' '}", "empty"),
        ("{check: S1, places: [], reason: why}", "empty"),
        ("{check: S1, places: [Bucket, Bucket], reason: why}", "S1 Bucket is listed twice"),
    ],
)
def test_an_entry_without_place_or_reason_or_listed_twice_is_refused(entry: str, complaint: str):
    with pytest.raises(SkipsError, match=complaint):
        read_skips(f"one: [{entry}]")


def test_each_of_our_skips_has_a_sentence_for_a_reason():
    for skip in [skip for skips in read_skips(SKIPS.read_text()).values() for skip in skips]:
        assert skip.reason.endswith("."), skip
        assert len(skip.reason.split()) > 2, skip
