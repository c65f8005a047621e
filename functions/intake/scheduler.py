"""Creates each schedule once: a burst of uploads must not ask Scheduler once per message."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from common.scheduler import create_schedule
from intake.settings import IntakeSettings
from intake.window import PlannedSchedule

seen: deque[str] = deque(maxlen=100)


def create_once(planned: PlannedSchedule, settings: IntakeSettings) -> datetime | None:
    """Create the schedule; return when it fires, or None if it exists already.

    A name seen once is not created again: within its window a schedule never goes away.
    """
    name = planned.event.window
    if name in seen:
        return None
    fires_at = create_schedule(
        name, planned.event, planned.fires_at, settings.split_function_arn, settings
    )
    # Only now: a name that is remembered although its schedule was not created is a lost drop.
    seen.append(name)
    return fires_at
