"""When a job is started, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.training_job import TrainingJob
from launch.decision import Results, decide
from launch.run_name import RunName

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUN = RunName("51af3dc0", "cf6336ca", "7393851c", 1)
OTHER = RunName("51af3dc0", "aaaaaaaa", "7393851c", 1)


def job(name: RunName, status: str, started: timedelta = HOUR, lasted: timedelta = HOUR / 2):
    created_at = NOW - started
    ended_at = None if status == "InProgress" else created_at + lasted
    return TrainingJob(str(name), status, created_at, ended_at)


def outcome(
    *jobs: TrainingJob,
    newest: TrainingJob | None = None,
    retry_after: datetime | None = NOW,
    maximum: int = 4,
    results: Results = "reported",
):
    decision = decide(
        RUN,
        newest,
        jobs,
        results=results,
        retry_after=retry_after,
        now=NOW,
        maximum_runs_per_day=maximum,
    )
    return decision.outcome, decision.run


def test_the_first_run_starts():
    assert outcome() == ("start", RUN)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("InProgress", "running"), ("Stopping", "running"), ("Completed", "trained")],
)
def test_what_runs_or_was_trained_is_not_started_again(status: str, expected: str):
    assert outcome(newest=job(RUN, status)) == (expected, RUN)


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_what_failed_is_tried_again_when_somebody_asks_afterwards(status: str):
    assert outcome(newest=job(RUN, status)) == ("start", RUN.next_attempt())


@pytest.mark.parametrize("retry_after", [None, NOW - HOUR / 2, NOW - HOUR])
def test_what_failed_is_not_tried_again_by_an_older_trigger(retry_after: datetime | None):
    assert outcome(newest=job(RUN, "Failed"), retry_after=retry_after) == ("not again", RUN)


def test_after_three_attempts_it_is_given_up():
    third = RUN.next_attempt().next_attempt()

    assert outcome(newest=job(third, "Failed")) == ("given up", third)


def test_one_job_at_a_time():
    decision = decide(
        RUN,
        None,
        [job(OTHER, "InProgress")],
        results="missing",
        retry_after=NOW,
        now=NOW,
        maximum_runs_per_day=4,
    )

    assert (decision.outcome, decision.running) == ("queued", str(OTHER))


def test_the_daily_limit_tells_when_it_ends():
    jobs = [
        job(RunName("51af3dc0", f"{n:08x}", "7393851c", 1), "Completed", n * HOUR)
        for n in range(1, 5)
    ]

    decision = decide(
        RUN, None, jobs, results="missing", retry_after=NOW, now=NOW, maximum_runs_per_day=4
    )

    assert decision.outcome == "capped"
    assert decision.not_before == NOW + 20 * HOUR


def test_yesterday_s_jobs_do_not_count():
    jobs = [
        job(RunName("51af3dc0", f"{n:08x}", "7393851c", 1), "Completed", 25 * HOUR)
        for n in range(1, 5)
    ]

    assert outcome(*jobs) == ("start", RUN)


def test_a_retry_counts_too():
    failed = job(RUN, "Failed")

    assert outcome(failed, newest=failed, maximum=1)[0] == "capped"


def test_other_configurations_of_the_images_are_other_runs():
    other = RunName(RUN.stack, RUN.dataset, "00000000", 1)

    assert outcome(job(other, "Completed")) == ("start", RUN)


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
def test_what_completed_is_trained_or_drawn_again_when_somebody_asks_and_there_is_no_report(
    results: Results, retry_after: datetime | None, expected: tuple[str, RunName]
):
    newest = job(RUN, "Completed")

    assert outcome(newest=newest, results=results, retry_after=retry_after) == expected
