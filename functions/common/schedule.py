"""A one-time schedule that starts the split, and the names of schedules. Pure.

The number in a name is when the schedule fires, in seconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

WINDOW_PREFIX = "split-window-"
READY_PREFIX = "split-ready-"
AGAIN_PREFIX = "split-again-"


@dataclass(frozen=True)
class Schedule:
    """Sends `payload` once, not before `fires_at`."""

    name: str
    fires_at: datetime
    payload: dict[str, str]


def window_name(fires_at: int) -> str:
    """Name the schedule of a quiet window."""
    return f"{WINDOW_PREFIX}{fires_at}"


def again_name(fires_at: int) -> str:
    """Name the schedule that starts a split again once the daily limit has passed."""
    return f"{AGAIN_PREFIX}{fires_at}"


def window_fires_at(name: str) -> datetime | None:
    """Return when the schedule of a quiet window fires, None for any other schedule."""
    fires_at = name.removeprefix(WINDOW_PREFIX)
    if fires_at == name or not fires_at.isdecimal():
        return None
    return datetime.fromtimestamp(int(fires_at), UTC)
