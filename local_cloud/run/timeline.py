"""The duration of each step of a run, from the events of the cloud. Pure."""

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


@dataclass(frozen=True)
class Timeline:
    """The seconds of each step, in order and without gaps: their sum is the user's waiting time."""

    steps: dict[str, float]

    @property
    def seconds(self) -> float:
        """From the upload of `raw/_READY` to the end of the last step."""
        return sum(self.steps.values())

    @property
    def chain_seconds(self) -> float:
        """The same without the training job: the duration of the chain itself."""
        return self.seconds - self.steps.get(TRAINING, 0)


def timeline(events: Sequence[CloudEvent], ready_at: dt.datetime) -> Timeline:
    """Return the timeline of the run that began with `raw/_READY`, uploaded at `ready_at`.

    A step ends at its first event after the previous step; a step without an event, for example
    after a refused drop, is left out.
    """
    steps: tuple[tuple[str, Callable[[CloudEvent], bool]], ...] = (
        ("notification", lambda event: _is_of(event, FunctionStarted, "Intake")),
        ("intake and schedule", lambda event: isinstance(event, ScheduleFired)),
        ("split", lambda event: _is_of(event, FunctionEnded, "Split")),
        ("launch", lambda event: _is_of(event, FunctionEnded, "Launch")),
        (TRAINING, _is_end_of_job),
        ("plot", lambda event: _is_of(event, FunctionEnded, "Plot")),
    )
    ordered = sorted(events, key=lambda event: event.at)
    seconds: dict[str, float] = {}
    since = ready_at
    for name, is_end in steps:
        end = next((event.at for event in ordered if event.at >= since and is_end(event)), None)
        if end is not None:
            seconds[name] = (end - since).total_seconds()
            since = end
    return Timeline(seconds)


def _is_of(event: CloudEvent, kind: type[FunctionStarted | FunctionEnded], function: str) -> bool:
    return isinstance(event, kind) and f"-{function}Function" in event.function


def _is_end_of_job(event: CloudEvent) -> bool:
    return isinstance(event, JobChanged) and event.status in ("Completed", "Failed", "Stopped")
