"""What happened in the cloud, as typed records that anyone may follow: displays, tests, logs."""

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
    """Return the present moment in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class FunctionStarted:
    """A function began to work on one event."""

    function: str
    request_id: str
    cause: str  # "invoke", "async", "queue"
    at: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class FunctionEnded:
    """A function answered, raised an error, or was killed at its timeout."""

    function: str
    request_id: str
    cause: str
    started_at: dt.datetime
    status: Literal["ok", "error", "timeout"]
    error: str  # "" when it went well
    event: Json
    answer: Any
    at: dt.datetime = field(default_factory=now)

    @property
    def seconds(self) -> float:
        """How long the function worked."""
        return (self.at - self.started_at).total_seconds()


@dataclass(frozen=True)
class ScheduleFired:
    """A one-time schedule sent its input to its target."""

    name: str
    target: str
    at: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class JobChanged:
    """A training job went into a state."""

    job: str
    status: str  # InProgress, Completed, Failed, Stopping, Stopped
    secondary: str  # Starting, Downloading, Training, Uploading, ...
    message: str
    at: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class JobLine:
    """A training job printed a line."""

    job: str
    line: str
    at: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class Undelivered:
    """An event that no target took: no permission, no such target, or retries exhausted."""

    source: str
    target: str
    reason: str
    at: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class CloudFailed:
    """The cloud itself failed, not what runs in it: what waits for it may wait for ever."""

    part: str
    reason: str
    at: dt.datetime = field(default_factory=now)

    @property
    def sentence(self) -> str:
        """Say it."""
        return f"The local cloud itself failed ({self.part}): {self.reason}"


def undone(source: str, target: str, error: Exception) -> Undelivered | CloudFailed:
    """Return what it means that `error` came in the way of an event.

    AWS has no like for a machine that refuses a file or a connection: no retry mends that.
    """
    if isinstance(error, OSError):
        return CloudFailed(source, describe_error(error))
    return Undelivered(source, target, repr(error))


CloudEvent = (
    FunctionStarted
    | FunctionEnded
    | ScheduleFired
    | JobChanged
    | JobLine
    | Undelivered
    | CloudFailed
)
Follower = Callable[[CloudEvent], None]


class EventLog:
    """All records so far, in order, and those who want to hear of the next one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # re-entrant: a follower may read the records
        self._records: list[CloudEvent] = []
        self._followers: list[Follower] = []
        self._muted = False

    def add(self, record: CloudEvent) -> None:
        """Keep a record and call each follower, one record at a time, in order."""
        with self._changed:
            if self._muted:
                return
            self._records.append(record)
            for follower in self._followers:
                try:
                    follower(record)
                except Exception:
                    logging.getLogger(__name__).exception("a follower of the records failed")
            self._changed.notify_all()

    def subscribe(self, follower: Follower) -> Callable[[], None]:
        """Call `follower` with each record from now on; the answer ends the subscription.

        It is called on the thread where the thing happened and must return quickly.
        """
        with self._changed:
            self._followers.append(follower)
        return lambda: self._followers.remove(follower)

    def mute(self) -> None:
        """Take no more records."""
        with self._changed:
            self._muted = True

    def all(self) -> list[CloudEvent]:
        """Return a copy of what has happened so far."""
        with self._changed:
            return list(self._records)

    def wait_for(self, wanted: Callable[[CloudEvent], bool], deadline: float) -> CloudEvent:
        """Return the first record, past or to come, that `wanted` accepts.

        Raises:
            TimeoutError: none came before `deadline`, a time of the monotonic clock.
        """
        seen = 0
        with self._changed:
            while True:
                for record in self._records[seen:]:
                    if wanted(record):
                        return record
                seen = len(self._records)
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"not among the {seen} records: {self._records[-3:]}")
