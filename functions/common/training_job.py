"""A training job of this stack, and what keeps another one from starting. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RUNNING = ("InProgress", "Stopping")
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class TrainingJob:
    """A training job; `status` as SageMaker spells it."""

    name: str
    status: str
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job still has, or will get, an instance."""
        return self.status in RUNNING


@dataclass(frozen=True)
class Obstacle:
    """The job `running` has to end first, or the daily limit is reached until `free_at`."""

    running: str | None = None
    free_at: datetime | None = None


def obstacle_of(
    jobs: Sequence[TrainingJob], now: datetime, maximum_runs_per_day: int
) -> Obstacle | None:
    """Return what keeps another job from starting, None if nothing does.

    Jobs run one at a time, and at most `maximum_runs_per_day` start within 24 hours.
    """
    running = next((job for job in jobs if job.is_running), None)
    if running:
        return Obstacle(running=running.name)
    started = sorted(job.created_at for job in jobs if job.created_at > now - DAY)
    if len(started) >= maximum_runs_per_day:
        return Obstacle(free_at=started[-maximum_runs_per_day] + DAY)
    return None
