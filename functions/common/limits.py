"""What keeps a training job from starting: a running one, or a limit of runs or hours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import Field

from common import keys
from common.settings import CommonSettings
from common.training_job import TrainingJob
from common.wording import count, duration, moment

DAY = timedelta(hours=24)


class LimitSettings(CommonSettings):
    """The limits of a stack, which split and launch both keep."""

    stack_hash: str = Field(pattern="^[0-9a-f]{8}$")
    maximum_runs_per_day: int = Field(ge=1)
    maximum_training_hours_per_month: int = Field(ge=1)
    maximum_run_seconds: int = Field(ge=60)

    @property
    def month(self) -> timedelta:
        """The training time that the jobs of a calendar month may use."""
        return timedelta(hours=self.maximum_training_hours_per_month)

    @property
    def longest_job(self) -> timedelta:
        """The time for which one job may run."""
        return timedelta(seconds=self.maximum_run_seconds)


@dataclass(frozen=True)
class Obstacle:
    """Why no job may start.

    running   the job `running` has to end first
    day       as many jobs as a day allows have started, until `free_at`
    month     what the month's jobs left of its hours, after `used`, is too little until `free_at`
    never     one job may run longer than a month's jobs may together
    """

    kind: Literal["running", "day", "month", "never"]
    running: str = ""
    free_at: datetime | None = None
    used: timedelta = timedelta()


def obstacle_of(
    jobs: Sequence[TrainingJob], used: timedelta, now: datetime, limits: LimitSettings
) -> Obstacle | None:
    """Return what keeps another job from starting, None if nothing does.

    Jobs run one at a time, a day's number of them is limited, and so are a month's hours. `used` is
    what this month's jobs have used. A job counts as long as it may run until it has ended, so the
    month's limit is kept whatever happens to it.
    """
    running = next((job for job in jobs if job.is_running), None)
    if running:
        return Obstacle("running", running=running.name)
    if limits.longest_job > limits.month:
        return Obstacle("never")
    if used + limits.longest_job > limits.month:
        return Obstacle("month", free_at=next_month(now), used=used)
    started = sorted(job.created_at for job in jobs if job.created_at > now - DAY)
    if len(started) >= limits.maximum_runs_per_day:
        return Obstacle("day", free_at=started[-limits.maximum_runs_per_day] + DAY)
    return None


def explain(obstacle: Obstacle, limits: LimitSettings) -> str:
    """Say what the drop waits for, and how to have it trained sooner."""
    longest = f"MaximumRunSeconds allows a job {duration(limits.maximum_run_seconds)}"
    hours = count(limits.maximum_training_hours_per_month, "hour")
    later = (
        f"The newest images are trained after {moment(obstacle.free_at)}; to train them sooner, "
        if obstacle.free_at
        else ""
    )
    again = f"and drop {keys.READY_MARKER}."
    match obstacle.kind:
        case "running":
            return (
                f"Waiting for the training job {obstacle.running} to end: one job runs at a time."
            )
        case "day":
            runs = count(limits.maximum_runs_per_day, "training run")
            return (
                f"The limit of {runs} in 24 hours is reached. {later}deploy with a higher "
                f"MaximumRunsPerDay {again}"
            )
        case "month":
            return (
                f"This month's jobs have trained for {duration(obstacle.used.total_seconds())} of "
                f"{hours} (MaximumTrainingHoursPerMonth), and {longest}: too long for the rest. "
                f"{later}deploy with more hours or a smaller MaximumRunSeconds {again}"
            )
        case "never":
            return (
                f"No job can start: {longest}, but MaximumTrainingHoursPerMonth all jobs of a "
                f"month together {hours}. Deploy with a smaller MaximumRunSeconds or more hours "
                f"{again}"
            )


def month_of(now: datetime) -> datetime:
    """Return when the calendar month began, in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """Return when the next calendar month begins, in UTC."""
    return month_of(month_of(now) + timedelta(days=31))
