"""How long each step of a run took, from the records of what happened. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local_cloud.cloud.event_log import (
    CloudEvent,
    FunctionEnded,
    FunctionStarted,
    JobChanged,
    ScheduleFired,
)

TRAINING = "training job"
ENDED = ("Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class TimelineStep:
    """A step's name and its place on the clock."""

    name: str
    started_at: dt.datetime
    ended_at: dt.datetime

    @property
    def seconds(self) -> float:
        """How long the step took."""
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class Timeline:
    """The steps one after the other, without gaps: their sum is the time a user waited."""

    steps: Sequence[TimelineStep]

    @property
    def seconds(self) -> float:
        """From the upload of `raw/_READY` to the end of the last step."""
        return sum(step.seconds for step in self.steps)

    @property
    def chain_seconds(self) -> float:
        """The same less the training job: what the chain itself costs."""
        return sum(step.seconds for step in self.steps if step.name != TRAINING)


def timeline(records: Sequence[CloudEvent], ready_at: dt.datetime) -> Timeline:
    """Make the timeline of the run that `raw/_READY`, uploaded at `ready_at`, set off.

    A step ends at the first record after the step before it that says so; what did not happen,
    because the drop was refused for example, is left out.
    """
    marks: tuple[tuple[str, Callable[[CloudEvent], bool]], ...] = (
        ("notification", lambda record: _started(record, "Intake")),
        ("intake and schedule", lambda record: isinstance(record, ScheduleFired)),
        ("split", lambda record: _ended(record, "Split")),
        ("launch", lambda record: _ended(record, "Launch")),
        (TRAINING, lambda record: isinstance(record, JobChanged) and record.status in ENDED),
        ("plot", lambda record: _ended(record, "Plot")),
    )
    ordered = sorted((r for r in records if r.at >= ready_at), key=lambda record: record.at)
    steps: list[TimelineStep] = []
    since = ready_at
    for name, is_end in marks:
        end = next((r.at for r in ordered if r.at >= since and is_end(r)), None)
        if end is not None:
            steps.append(TimelineStep(name, since, end))
            since = end
    return Timeline(steps)


def _started(record: CloudEvent, function: str) -> bool:
    return isinstance(record, FunctionStarted) and f"-{function}Function" in record.function


def _ended(record: CloudEvent, function: str) -> bool:
    return isinstance(record, FunctionEnded) and f"-{function}Function" in record.function
