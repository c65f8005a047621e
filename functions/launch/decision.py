"""Decides whether a job is started, from the stack's jobs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from common.limits import Obstacle
from common.training_job import TrainingJob
from launch.run_name import RunName

MAXIMUM_ATTEMPTS = 3

Outcome = Literal[
    "start",
    "running",
    "trained",
    "redraw",
    "not again",
    "given up",
    "queued",
    "capped",
    "not started",
    "outdated",
]
# What a completed job left: a report of its results, a report that they are unusable, or none.
Results = Literal["reported", "unusable", "missing"]


@dataclass(frozen=True)
class Decision:
    """What to do, and for which run.

    `began_at` is when that run began, `obstacle` what a queued or capped run waits for.
    """

    outcome: Outcome
    run: RunName
    began_at: datetime | None = None
    obstacle: Obstacle | None = None


def decide(
    first: RunName,
    newest: TrainingJob | None,
    obstacle: Obstacle | None,
    *,
    results: Results,
    retry_after: datetime | None,
    now: datetime,
) -> Decision:
    """Decide on the run whose first attempt is `first` and whose newest one is `newest`.

    `obstacle` keeps a job from starting; `results` is what the newest attempt left, if it
    completed. `retry_after` is when the user asked; None when nobody did because a job ended, and
    then a run that failed or was stopped isn't tried again.
    """
    name = RunName.parse(newest.name) if newest else None
    if newest is None or name is None:
        return _when_free(first, obstacle, now)
    if newest.is_running:
        return Decision("running", name, began_at=newest.created_at)
    asked = retry_after is not None and (newest.ended_at is None or retry_after > newest.ended_at)
    outcome = _outcome_of_ended(newest, name.attempt, results, asked=asked)
    if outcome:
        return Decision(outcome, name)
    return _when_free(name.next_attempt(), obstacle, now)


def _outcome_of_ended(
    job: TrainingJob, attempt: int, results: Results, *, asked: bool
) -> Outcome | None:
    """Return what to do about an attempt that ended; None to try again."""
    if job.status == "Completed" and (results == "reported" or not asked):
        return "trained"
    if not asked:
        return "not again"
    if job.status == "Completed" and results == "missing":
        return "redraw"
    return "given up" if attempt >= MAXIMUM_ATTEMPTS else None


def _when_free(candidate: RunName, obstacle: Obstacle | None, now: datetime) -> Decision:
    if obstacle is None:
        return Decision("start", candidate, began_at=now)
    outcome: Outcome = "queued" if obstacle.kind == "running" else "capped"
    return Decision(outcome, candidate, obstacle=obstacle)
