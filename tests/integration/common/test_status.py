"""The status in the bucket against moto."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common import clock, keys
from common.s3 import Bucket
from common.status import StatusBoard
from tests.support.aws import BUCKET, Stack


@pytest.fixture
def bucket(aws: Stack) -> Bucket:
    return Bucket(BUCKET)


def test_the_board_keeps_the_other_section(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_drop("ready", "18 images.", dataset="d")
    board.report_run("training", "Training.", run="r")

    status = aws.status()
    assert (status["state"], status["sentence"]) == ("training", "Training.")
    assert status["drop"]["dataset"] == "d"
    assert status["run"]["run"] == "r"


def test_facts_stay_while_the_subject_is_the_same(aws: Stack, bucket: Bucket):
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


def test_a_run_that_ended_earlier_keeps_the_headline_of_the_drop(aws: Stack, bucket: Bucket):
    """Plot reports a job after split has met the daily limit."""
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


def test_an_entry_of_an_older_version_dates_from_its_writing(aws: Stack, bucket: Bucket):
    """In that version, capped was a state of the run."""
    entry = {"state": "capped", "sentence": "…", "updated_at": clock.to_text(minutes(1))}
    aws.put(keys.STATUS_JSON, json.dumps(entry | {"run": entry}).encode())
    board = StatusBoard(bucket)

    board.report_run("done", "Done.", as_of=minutes(0), run="r")
    assert aws.status()["run"]["state"] == "capped"

    board.report_run("training", "Training.", as_of=minutes(2), run="s")
    assert aws.status()["run"]["state"] == aws.status()["state"] == "training"


def test_the_page_is_of_the_status_whoever_writes_it_last(
    aws: Stack, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    put = Bucket.put

    def put_late(self: Bucket, key: str, *rest: Any, **conditions: Any) -> str:
        if key == keys.STATUS_HTML:
            monkeypatch.setattr(Bucket, "put", put)
            StatusBoard(bucket).report_run("done", "Done meanwhile.", run="r")
        return put(self, key, *rest, **conditions)

    monkeypatch.setattr(Bucket, "put", put_late)
    StatusBoard(bucket).report_drop("ready", "18 images.", dataset="d")

    assert aws.status()["run"]["sentence"] == "Done meanwhile."
    assert b"Done meanwhile." in aws.get(keys.STATUS_HTML)


def test_writers_at_once_lose_nothing(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    reports = [board.report_drop, board.report_run]
    threads = [threading.Thread(target=report, args=("state", "sentence")) for report in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {"drop", "run"} <= set(aws.status())


def test_the_model_has_a_section_that_the_head_does_not_repeat(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_run("done", "Done.", as_of=minutes(0), run="r-2")
    command = "droptrain promote r-2"
    board.report_model("candidate", "r-2 waits.", as_of=minutes(1), to_promote=command)
    board.report_drop("waiting", "Images are arriving.", as_of=minutes(2))

    status = aws.status()
    assert status["state"] == "waiting"
    assert (status["model"]["state"], status["model"]["to_promote"]) == ("candidate", command)
    assert f"<code>{command}</code>" in aws.get(keys.STATUS_HTML).decode()

    board.report_model("current", "r-2 is current.", as_of=minutes(3))
    assert "to_promote" not in aws.status()["model"]


def test_late_news_of_the_model_and_no_news_change_nothing(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_model("current", "r-2 is current.", as_of=minutes(3))
    before = aws.status()["model"]

    board.report_model("candidate", "r-2 waits.", as_of=minutes(1))
    board.report_model("current", "r-2 is current.", as_of=minutes(5))

    assert aws.status()["model"] == before
