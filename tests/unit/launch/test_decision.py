"""When a job is started, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.limits import Obstacle
from common.training_job import TrainingJob
from launch.decision import Results, decide
from launch.run_name import RunName

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUN = RunName("51af3dc0", "cf6336ca", "7393851c", 1)


def job(name: RunName, status: str, started: timedelta = HOUR, lasted: timedelta = HOUR / 2):
    created_at = NOW - started
    ended_at = None if status == "InProgress" else created_at + lasted
    return TrainingJob(str(name), status, created_at, ended_at)


def outcome(
    newest: TrainingJob | None = None,
    retry_after: datetime | None = NOW,
    obstacle: Obstacle | None = None,
    results: Results = "reported",
):
    decision = decide(RUN, newest, obstacle, results=results, retry_after=retry_after, now=NOW)
    return decision.outcome, decision.run


def test_the_first_run_starts():
    assert outcome() == ("start", RUN)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("InProgress", "running"), ("Stopping", "running"), ("Completed", "trained")],
)
def test_a_running_or_trained_run_is_not_started_again(status: str, expected: str):
    assert outcome(newest=job(RUN, status)) == (expected, RUN)


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_failed_run_is_retried_when_the_user_asks_afterwards(status: str):
    assert outcome(newest=job(RUN, status)) == ("start", RUN.next_attempt())


@pytest.mark.parametrize("retry_after", [None, NOW - HOUR / 2, NOW - HOUR])
def test_an_older_trigger_does_not_retry_a_failed_run(retry_after: datetime | None):
    assert outcome(newest=job(RUN, "Failed"), retry_after=retry_after) == ("not again", RUN)


def test_a_run_is_given_up_after_three_attempts():
    third = RUN.next_attempt().next_attempt()

    assert outcome(newest=job(third, "Failed")) == ("given up", third)


@pytest.mark.parametrize(
    ("obstacle", "expected"),
    [
        (Obstacle("running", running="another"), "queued"),
        (Obstacle("day", free_at=NOW + HOUR), "capped"),
        (Obstacle("month", free_at=NOW + HOUR), "capped"),
        (Obstacle("never"), "capped"),
    ],
)
def test_a_run_waits_for_what_keeps_it_from_starting(obstacle: Obstacle, expected: str):
    decision = decide(RUN, None, obstacle, results="missing", retry_after=NOW, now=NOW)

    assert (decision.outcome, decision.obstacle) == (expected, obstacle)


def test_a_retry_waits_too():
    failed, obstacle = job(RUN, "Failed"), Obstacle("day", free_at=NOW + HOUR)

    assert outcome(failed, obstacle=obstacle) == ("capped", RUN.next_attempt())


def test_a_run_that_is_trained_waits_for_nothing():
    assert outcome(job(RUN, "Completed"), obstacle=Obstacle("never")) == ("trained", RUN)


@pytest.mark.parametrize(
    ("results", "retry_after", "expected"),
    [
        ("unusable", NOW, ("start", RUN.next_attempt())),
        ("missing", NOW, ("redraw", RUN)),
        ("unusable", None, ("trained", RUN)),
        ("missing", None, ("trained", RUN)),
        ("missing", NOW - HOUR, ("trained", RUN)),
    ],
)
def test_a_completed_run_without_a_report_is_redrawn_or_retried_when_the_user_asks(
    results: Results, retry_after: datetime | None, expected: tuple[str, RunName]
):
    newest = job(RUN, "Completed")

    assert outcome(newest=newest, results=results, retry_after=retry_after) == expected
