"""Names of the schedules that intake creates and the split looks for."""

from __future__ import annotations

from datetime import UTC, datetime

WINDOW_PREFIX = "split-window-"
READY_PREFIX = "split-ready-"


def window_name(end: int) -> str:
    """Name the schedule of the quiet window that ends at `end`, seconds since the epoch."""
    return f"{WINDOW_PREFIX}{end}"


def window_end(name: str) -> datetime | None:
    """Return when the window of a schedule ends, or None when the schedule is no window's."""
    end = name.removeprefix(WINDOW_PREFIX)
    if end == name or not end.isdecimal():
        return None
    return datetime.fromtimestamp(int(end), UTC)
