"""Decides whether a job is started: pure, from what is known of the stack's jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from launch.run_name import RunName

MAXIMUM_ATTEMPTS = 3
DAY = timedelta(hours=24)
# A job runs for five days at most (MaximumRunSeconds), on spot it may wait as long again; then it
# stores its results. What was created before that runs no more, whatever was deployed meanwhile.
LONGEST_JOB = timedelta(days=11)
RUNNING = ("InProgress", "Stopping")

Outcome = Literal[
    "start", "running", "trained", "not again", "given up", "queued", "capped", "not started"
]


@dataclass(frozen=True)
class JobSummary:
    """A training job of this stack; `status` as SageMaker spells it."""

    name: RunName
    status: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether the job still holds, or will hold, an instance."""
        return self.status in RUNNING


@dataclass(frozen=True)
class Decision:
    """What to do, the run it is about, and when a capped run may be started."""

    outcome: Outcome
    run: RunName
    not_before: datetime | None = None


def decide(
    first: RunName,
    newest: JobSummary | None,
    recent: Sequence[JobSummary],
    *,
    retry_after: datetime | None,
    now: datetime,
    maximum_runs_per_day: int,
) -> Decision:
    """Decide on the run whose first attempt is `first` and whose newest one is `newest`.

    `recent` are the stack's jobs of the last `LONGEST_JOB`, newest first. `retry_after` is when the
    user asked; None when nobody did (a job ended), and then a failed or stopped run is not tried
    again.
    """
    candidate = first
    if newest:
        if newest.is_running:
            return Decision("running", newest.name)
        if newest.status == "Completed":
            return Decision("trained", newest.name)
        if not _asked_since(retry_after, newest):
            return Decision("not again", newest.name)
        if newest.name.attempt >= MAXIMUM_ATTEMPTS:
            return Decision("given up", newest.name)
        candidate = newest.name.next_attempt()
    return _when_free(candidate, recent, now, maximum_runs_per_day)


def _asked_since(retry_after: datetime | None, job: JobSummary) -> bool:
    return retry_after is not None and job.ended_at is not None and retry_after > job.ended_at


def _when_free(
    candidate: RunName, jobs: Sequence[JobSummary], now: datetime, maximum_runs_per_day: int
) -> Decision:
    running = next((job for job in jobs if job.is_running), None)
    if running:
        return Decision("queued", running.name)
    today = sorted(job.created_at for job in jobs if job.created_at > now - DAY)
    if len(today) >= maximum_runs_per_day:
        return Decision("capped", candidate, today[-maximum_runs_per_day] + DAY)
    return Decision("start", candidate)
