"""Names of the schedules that start the split; the number in a name is when it fires."""

from __future__ import annotations

from datetime import UTC, datetime

WINDOW_PREFIX = "split-window-"
READY_PREFIX = "split-ready-"
AGAIN_PREFIX = "split-again-"


def window_name(fires_at: int) -> str:
    """Name the schedule of a quiet window that fires at that time, in seconds since the epoch."""
    return f"{WINDOW_PREFIX}{fires_at}"


def again_name(fires_at: int) -> str:
    """Name the schedule of a drop that waits until then, in seconds since the epoch."""
    return f"{AGAIN_PREFIX}{fires_at}"


def window_fires_at(name: str) -> datetime | None:
    """Return when the schedule of a window fires, None when the schedule is no window's."""
    fires_at = name.removeprefix(WINDOW_PREFIX)
    if fires_at == name or not fires_at.isdecimal():
        return None
    return datetime.fromtimestamp(int(fires_at), UTC)
