"""Typed events of everything that happens in the cloud; displays and tests can follow them."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from local_cloud.terminal_text import describe_error

Json = dict[str, Any]


def now() -> dt.datetime:
    """Return the current time in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class CloudEvent:
    """Something that happened, and when."""

    at: dt.datetime = field(default_factory=now, kw_only=True)


@dataclass(frozen=True)
class FunctionStarted(CloudEvent):
    """A function began to work on one event."""

    function: str
    request_id: str
    cause: str  # "invoke", "async", "queue"


@dataclass(frozen=True)
class FunctionEnded(CloudEvent):
    """A function answered, raised an error, or was killed at its timeout."""

    function: str
    request_id: str
    cause: str
    started_at: dt.datetime
    status: Literal["ok", "error", "timeout"]
    error: str  # "" if it succeeded
    event: Json
    answer: Any


@dataclass(frozen=True)
class ScheduleFired(CloudEvent):
    """A one-time schedule sent its input to its target."""

    name: str
    target: str


@dataclass(frozen=True)
class JobChanged(CloudEvent):
    """A training job changed its state."""

    job: str
    status: str  # InProgress, Completed, Failed, Stopping, Stopped
    secondary: str  # Starting, Downloading, Training, Uploading, ...
    message: str


@dataclass(frozen=True)
class JobLine(CloudEvent):
    """A training job printed a line."""

    job: str
    line: str


@dataclass(frozen=True)
class Undelivered(CloudEvent):
    """An event reached no target: no permission, no such target, or retries exhausted."""

    source: str
    target: str
    reason: str


@dataclass(frozen=True)
class CloudFailed(CloudEvent):
    """The cloud itself failed, not a function or a job: waiting for it may never end."""

    part: str
    reason: str

    @property
    def sentence(self) -> str:
        """The failure in one sentence."""
        return f"The local cloud itself failed ({self.part}): {self.reason}"


def delivery_failure(source: str, target: str, error: Exception) -> Undelivered | CloudFailed:
    """Return the event for an error that kept an event from its target.

    On AWS the machine never refuses a file or a connection, and no retry helps when it does.
    """
    if isinstance(error, OSError):
        return CloudFailed(source, describe_error(error))
    return Undelivered(source, target, repr(error))


Follower = Callable[[Any], None]


class EventLog:
    """All events so far, in order, and the followers that are called with each new one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # re-entrant: a follower may read the events
        self._events: list[CloudEvent] = []
        self._followers: list[Follower] = []
        self._muted = False

    def add(self, event: CloudEvent) -> None:
        """Keep an event and call each follower, one event at a time, in order."""
        with self._changed:
            if self._muted:
                return
            self._events.append(event)
            for follower in self._followers:
                try:
                    follower(event)
                except Exception:
                    logging.getLogger(__name__).exception("a follower of the event log failed")
            self._changed.notify_all()

    def subscribe(self, follower: Follower) -> Callable[[], None]:
        """Call `follower` with each event from now on; call the result to unsubscribe.

        It is called on the thread where the event happened and must return quickly.
        """
        with self._changed:
            self._followers.append(follower)
        return lambda: self._followers.remove(follower)

    def mute(self) -> None:
        """Accept no more events."""
        with self._changed:
            self._muted = True

    def all(self) -> list[CloudEvent]:
        """Return a copy of the events so far."""
        with self._changed:
            return list(self._events)

    def wait_for(self, condition: Callable[[Any], bool], deadline: float) -> Any:
        """Return the first event, past or future, that meets `condition`.

        Raises:
            TimeoutError: none came before `deadline`, a time of the monotonic clock.
        """
        seen = 0
        with self._changed:
            while True:
                for event in self._events[seen:]:
                    if condition(event):
                        return event
                seen = len(self._events)
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"not among the {seen} events: {self._events[-3:]}")
