"""Plans the schedule of each change: the one of its quiet window, or one that fires at once. Pure.

    changes      x  x x      x
    window   |----w1----|----w2----|----w3----|----w4----|
    fires                          split-w1   split-w2

The schedule of a window fires one whole quiet period after the window ends. By then every change
that came later has made a schedule of its own, so no schedule is ever moved: moving one at the
moment it fires and deletes itself would lose the drop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from common import clock, keys
from common.changes import Change
from common.documents import ScheduleEvent
from common.schedule import READY_PREFIX, window_name


@dataclass(frozen=True)
class PlannedSchedule:
    """A one-time schedule that sends `event` to the split at `fires_at` at the earliest.

    The event names the time of the oldest change behind it; `changed_at` is that of the newest.
    """

    event: ScheduleEvent
    fires_at: datetime
    changed_at: datetime


def plan(
    changes: Iterable[Change], now: datetime, quiet_period_seconds: int
) -> list[PlannedSchedule]:
    """Plan the schedules that a batch of changes calls for, at most one per window and marker.

    A change of an image is planned by `now`, not by its own time: an event that was delayed for
    an hour must still find its window in the future. `triggered_at` is always the change's own
    time, so that an event delivered twice is not taken for a newer one.
    """
    changes = list(changes)
    planned = [_for_marker(change, now) for change in changes if change.is_ready_marker]
    dropped = [change for change in changes if change.key != keys.READY_MARKER]
    if dropped and quiet_period_seconds:
        planned.append(_for_window(dropped, now, quiet_period_seconds))
    return planned


def _for_window(changes: list[Change], now: datetime, quiet: int) -> PlannedSchedule:
    end = (int(now.timestamp()) // quiet + 1) * quiet
    name = window_name(end + quiet)
    event = ScheduleEvent(
        kind="window",
        window=name,
        triggered_at=min(change.at for change in changes),
        correlation_id=name,
    )
    fires_at = datetime.fromtimestamp(end + quiet, UTC)
    return PlannedSchedule(event, fires_at, changed_at=max(change.at for change in changes))


def _for_marker(change: Change, now: datetime) -> PlannedSchedule:
    # Named by the marker's own time: an event delivered twice calls for the same schedule.
    name = f"{READY_PREFIX}{sha256(clock.to_text(change.at).encode()).hexdigest()[:16]}"
    event = ScheduleEvent(kind="ready", window=name, triggered_at=change.at, correlation_id=name)
    return PlannedSchedule(event, fires_at=now, changed_at=change.at)
