"""The S3 gateway and the status board against moto."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from common import clock, keys
from common.errors import ConflictError
from common.s3 import Bucket
from common.status import StatusBoard
from tests.support.aws import BUCKET, Stack


@pytest.fixture
def bucket(aws: Stack) -> Bucket:
    return Bucket(BUCKET)


def test_what_is_not_there_is_none(bucket: Bucket):
    assert bucket.get("no") is None
    assert bucket.get_with_etag("no") is None
    assert bucket.open("no") is None
    assert bucket.keys("no/") == []


def test_what_was_written_is_read(bucket: Bucket):
    etag = bucket.put("a b+c", b"body")

    stream = bucket.open("a b+c")
    assert stream is not None
    assert stream.read() == b"body"
    assert bucket.get_with_etag("a b+c") == (b"body", etag)


def test_only_the_first_conditional_write_wins(bucket: Bucket):
    bucket.put("k", b"1", only_if_absent=True)

    with pytest.raises(ConflictError):
        bucket.put("k", b"2", only_if_absent=True)
    assert bucket.get("k") == b"1"


def test_a_write_against_an_old_etag_loses(bucket: Bucket):
    old = bucket.put("k", b"1")
    bucket.put("k", b"2", if_match=old)

    with pytest.raises(ConflictError):
        bucket.put("k", b"3", if_match=old)
    with pytest.raises(ConflictError):
        bucket.put("gone", b"3", if_match=old)


def test_the_board_keeps_the_other_section(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_drop("ready", "18 images.", dataset="d")
    board.report_run("training", "Training.", run="r")

    status = aws.status()
    assert (status["state"], status["sentence"]) == ("training", "Training.")
    assert status["drop"]["dataset"] == "d"
    assert status["run"]["run"] == "r"


def test_facts_stay_while_they_are_about_the_same(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_drop("ready", "18 images.", dataset="d", left_out={"empty": 1})

    board.report_drop("launched", "Run r trains these images.", dataset="d", run="r")
    assert aws.status()["drop"]["left_out"] == {"empty": 1}
    assert aws.status()["drop"]["sentence"] == "Run r trains these images."

    board.report_drop("ready", "20 images.", dataset="e")
    assert "left_out" not in aws.status()["drop"]

    board.report_drop("waiting", "Images are arriving.")
    assert "dataset" not in aws.status()["drop"]


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def minutes(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def test_a_run_that_ended_earlier_leaves_what_the_drop_waits_for(aws: Stack, bucket: Bucket):
    """The plot of a job writes after the split has met the daily limit."""
    board = StatusBoard(bucket)
    board.report_run("training", "Training.", as_of=minutes(0), run="r")
    board.report_drop("capped", "The limit is reached.", as_of=minutes(2), dataset="d")

    board.report_run("done", "Done.", as_of=minutes(1), run="r")

    status = aws.status()
    assert status["drop"]["state"] == status["state"] == "capped"
    assert status["run"]["state"] == "done"


@pytest.mark.parametrize(
    ("section", "newer", "late"),
    [
        # A launch that speaks of the job's beginning after the plot told of its end.
        ("run", "done", "training"),
        # Notifications that SQS delivers after the split has listed what they tell of.
        ("drop", "refused", "waiting"),
        # A split that listed raw/ before another one did.
        ("drop", "queued", "ready"),
    ],
)
def test_late_news_is_ignored(aws: Stack, bucket: Bucket, section: str, newer: str, late: str):
    board = StatusBoard(bucket)
    report = {"drop": board.report_drop, "run": board.report_run}[section]
    report(newer, "Newer.", as_of=minutes(1), run="r", dataset="d")
    before = aws.get(keys.STATUS_JSON), aws.get(keys.STATUS_HTML)

    report(late, "Late.", as_of=minutes(0), run="r", dataset="d")

    assert (aws.get(keys.STATUS_JSON), aws.get(keys.STATUS_HTML)) == before


def test_an_entry_of_the_version_before_counts_from_when_it_was_written(aws: Stack, bucket: Bucket):
    """There, a cap was the run's state, without a run."""
    entry = {"state": "capped", "sentence": "…", "updated_at": clock.to_text(minutes(1))}
    aws.put(keys.STATUS_JSON, json.dumps(entry | {"run": entry}).encode())
    board = StatusBoard(bucket)

    board.report_run("done", "Done.", as_of=minutes(0), run="r")
    assert aws.status()["run"]["state"] == "capped"

    board.report_run("training", "Training.", as_of=minutes(2), run="s")
    assert aws.status()["run"]["state"] == aws.status()["state"] == "training"


def test_writers_at_once_lose_nothing(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    reports = [board.report_drop, board.report_run]
    threads = [threading.Thread(target=report, args=("state", "sentence")) for report in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {"drop", "run"} <= set(aws.status())


def test_an_update_sees_what_another_wrote_meanwhile(bucket: Bucket):
    seen: list[bytes | None] = []

    def change(body: bytes | None) -> bytes:
        seen.append(body)
        if len(seen) == 1:
            bucket.put("k", b"theirs")
        return (body or b"") + b"+ours"

    assert bucket.update("k", change, "text/plain") == b"theirs+ours"
    assert seen == [None, b"theirs"]


def test_an_update_that_always_loses_says_so(bucket: Bucket):
    def change(body: bytes | None) -> bytes:
        bucket.put("k", (body or b"") + b"x")
        return b"never written"

    with pytest.raises(ConflictError):
        bucket.update("k", change, "text/plain")
    assert b"never" not in (bucket.get("k") or b"")


def test_an_update_may_leave_things_as_they_are(bucket: Bucket):
    bucket.put("k", b"1")

    assert bucket.update("k", lambda body: None, "text/plain") is None
    assert bucket.get("k") == b"1"
