"""Decides whether a job is started: pure, from what is known of the stack's jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from common.capacity import obstacle_of
from common.training_jobs import TrainingJob
from launch.run_name import RunName

MAXIMUM_ATTEMPTS = 3

Outcome = Literal[
    *("start", "running", "trained", "redraw", "not again", "given up"),
    *("queued", "capped", "not started", "outdated"),
]
# What a completed job left: a report of its results, one that says they are unusable, or nothing.
Results = Literal["reported", "unusable", "missing"]


@dataclass(frozen=True)
class Decision:
    """What to do and the run it is about.

    `began_at` is when that run began, `not_before` when a capped one may, and `running` the job
    that a queued one waits for.
    """

    outcome: Outcome
    run: RunName
    began_at: datetime | None = None
    not_before: datetime | None = None
    running: str | None = None


def decide(
    first: RunName,
    attempts: Sequence[TrainingJob],
    jobs: Sequence[TrainingJob],
    *,
    results: Results,
    retry_after: datetime | None,
    now: datetime,
    maximum_runs_per_day: int,
) -> Decision:
    """Decide on the run whose first attempt is `first`.

    Args:
        first: the name of its first attempt.
        attempts: its attempts so far, in order.
        jobs: the stack's jobs of the last days, these attempts among them.
        results: what the newest attempt left, if it completed.
        retry_after: when the user asked; None when nobody did (a job ended), and then a failed or
            stopped run is not tried again.
        now: the present moment.
        maximum_runs_per_day: jobs that may be started within 24 hours.
    """
    if not attempts:
        return _when_free(first, jobs, now, maximum_runs_per_day)
    newest = attempts[-1]
    name = first.attempt_number(len(attempts))
    if newest.is_running:
        return Decision("running", name, began_at=newest.created_at)
    asked = retry_after is not None and newest.ended_at is not None and retry_after > newest.ended_at
    if newest.status == "Completed":
        if results == "reported" or not asked:
            return Decision("trained", name)
        if results == "missing":
            return Decision("redraw", name)
    if not asked:
        return Decision("not again", name)
    if name.attempt >= MAXIMUM_ATTEMPTS:
        return Decision("given up", name)
    return _when_free(name.next_attempt(), jobs, now, maximum_runs_per_day)


def _when_free(
    candidate: RunName, jobs: Sequence[TrainingJob], now: datetime, maximum_runs_per_day: int
) -> Decision:
    obstacle = obstacle_of(jobs, now, maximum_runs_per_day)
    if obstacle is None:
        return Decision("start", candidate, began_at=now)
    if obstacle.free_at:
        return Decision("capped", candidate, not_before=obstacle.free_at)
    return Decision("queued", candidate, running=obstacle.running)
