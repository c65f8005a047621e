"""What keeps a job from starting, and what people read about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.limits import LimitSettings, explain, next_month, obstacle_of
from common.training_job import TrainingJob

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def limits(runs: int = 4, hours: int = 100, seconds: int = 7200) -> LimitSettings:
    return LimitSettings(
        bucket="the-bucket",
        stack_hash="51af3dc0",
        maximum_runs_per_day=runs,
        maximum_training_hours_per_month=hours,
        maximum_run_seconds=seconds,
    )


def job(hours: float, status: str = "Completed") -> TrainingJob:
    return TrainingJob(f"job-{hours}", status, NOW - hours * HOUR)


def found(*jobs: TrainingJob, used: timedelta = timedelta(), **changes: int):
    return obstacle_of(jobs, used, NOW, limits(**changes))


def test_one_job_at_a_time():
    obstacle = found(job(1), job(200, "Stopping"), runs=1)

    assert obstacle is not None
    assert (obstacle.kind, obstacle.running) == ("running", "job-200")
    assert explain(obstacle, limits()) == (
        "Waiting for the training job job-200 to end: one job runs at a time."
    )


def test_the_day_s_limit_ends_24_hours_after_the_oldest_job_that_counts():
    obstacle = found(*(job(hours) for hours in range(1, 5)))

    assert obstacle is not None
    assert (obstacle.kind, obstacle.free_at) == ("day", NOW + 20 * HOUR)
    assert explain(obstacle, limits()) == (
        "The limit of 4 training runs in 24 hours is reached. The newest images are trained after "
        "2026-11-23 08:00 UTC; to train them sooner, deploy with a higher MaximumRunsPerDay and "
        "drop raw/_READY."
    )


def test_yesterday_s_jobs_do_not_count():
    assert found(*(job(25) for _ in range(4))) is None


@pytest.mark.parametrize(("hours", "blocked"), [(98.0, False), (98.01, True), (100.0, True)])
def test_a_job_starts_only_if_it_fits_into_the_month_with_all_its_time(hours: float, blocked: bool):
    assert bool(found(used=hours * HOUR)) is blocked


def test_the_month_s_limit_ends_with_the_month():
    obstacle = found(*(job(hours) for hours in range(1, 5)), used=99.5 * HOUR)

    assert obstacle is not None
    assert obstacle.free_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert explain(obstacle, limits()) == (
        "This month's jobs have trained for 99 h 30 min of 100 hours "
        "(MaximumTrainingHoursPerMonth), and MaximumRunSeconds allows a job 2 h 0 min: too long "
        "for the rest. The newest images are trained after 2026-12-01 00:00 UTC; to train them "
        "sooner, deploy with more hours or a smaller MaximumRunSeconds and drop raw/_READY."
    )


def test_a_job_that_never_fits_does_not_wait_for_a_month_that_helps():
    obstacle = found(hours=1)

    assert obstacle is not None
    assert (obstacle.kind, obstacle.free_at) == ("never", None)
    assert explain(obstacle, limits(hours=1)) == (
        "No job can start: MaximumRunSeconds allows a job 2 h 0 min, but "
        "MaximumTrainingHoursPerMonth all jobs of a month together 1 hour. Deploy with a smaller "
        "MaximumRunSeconds or more hours and drop raw/_READY."
    )


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
    ],
)
def test_the_next_month_begins_on_its_first(now: datetime, begins: datetime):
    assert next_month(now) == begins
