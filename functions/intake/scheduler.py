"""Creates each schedule once: a burst of uploads must not ask Scheduler once per message."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from common.schedule import Schedule
from common.scheduler import create_schedule
from intake.settings import IntakeSettings
from intake.window import PlannedSchedule

_seen: deque[str] = deque(maxlen=100)


def forget() -> None:
    """Forget which schedules were seen, as a cold start does."""
    _seen.clear()


def create_once(planned: PlannedSchedule, settings: IntakeSettings) -> datetime | None:
    """Create the schedule; return when it fires, or None if it exists already.

    A name seen once is not created again: within its window a schedule never goes away.
    """
    name = planned.event.window
    if name in _seen:
        return None
    schedule = Schedule(name, planned.fires_at, planned.event.model_dump(mode="json"))
    fires_at = create_schedule(schedule, settings.split_function_arn, settings)
    # Only now: a name that is remembered although its schedule was not created is a lost drop.
    _seen.append(name)
    return fires_at
