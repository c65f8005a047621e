"""The names of the one-time schedules, which start the split or the watch. Pure.

The number at the end of a name is when it fires, in seconds since the epoch.
"""

from __future__ import annotations

from datetime import UTC, datetime

WINDOW_PREFIX = "split-window-"
READY_PREFIX = "split-ready-"
AGAIN_PREFIX = "split-again-"
WATCH_PREFIX = "watch-"


def window_name(fires_at: int) -> str:
    """Name the schedule of a quiet window."""
    return f"{WINDOW_PREFIX}{fires_at}"


def window_fires_at(name: str) -> datetime | None:
    """Return when the schedule of a quiet window fires, None for any other schedule."""
    fires_at = name.removeprefix(WINDOW_PREFIX)
    if fires_at == name or not fires_at.isdecimal():
        return None
    return datetime.fromtimestamp(int(fires_at), UTC)


def watch_name(run: str, fires_at: datetime) -> str:
    """Name a schedule that looks after a training job; 64 characters are allowed."""
    return f"{WATCH_PREFIX}{run}-{int(fires_at.timestamp())}"
