"""What keeps a training job from starting now: one at a time, and so many in 24 hours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

DAY = timedelta(hours=24)


class Job(Protocol):
    """What must be known of a training job of this stack."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def is_running(self) -> bool:
        """Whether it still holds, or will hold, an instance."""

    @property
    def created_at(self) -> datetime:
        """When it was started."""


@dataclass(frozen=True)
class Obstacle:
    """A job of that name is running, or the daily limit is reached until `free_at`."""

    running: str | None = None
    free_at: datetime | None = None


def obstacle_of(jobs: Sequence[Job], now: datetime, maximum_runs_per_day: int) -> Obstacle | None:
    """Return what keeps another job from starting, None if nothing does."""
    running = next((job for job in jobs if job.is_running), None)
    if running:
        return Obstacle(running=running.name)
    today = sorted(job.created_at for job in jobs if job.created_at > now - DAY)
    if len(today) >= maximum_runs_per_day:
        return Obstacle(free_at=today[-maximum_runs_per_day] + DAY)
    return None
