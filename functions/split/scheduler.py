"""EventBridge Scheduler gateway: looks for a later quiet window, and starts the split again."""

from __future__ import annotations

from datetime import datetime, timedelta

from common.documents import ScheduleEvent
from common.schedule import AGAIN_PREFIX, WINDOW_PREFIX, window_fires_at
from common.scheduler import create_schedule, scheduler_client
from split.settings import SplitSettings


def later_window(schedule_group: str, after: datetime) -> str | None:
    """Return the name of a window's schedule that will fire after that time, None without one."""
    pages = (
        scheduler_client()
        .get_paginator("list_schedules")
        .paginate(GroupName=schedule_group, NamePrefix=WINDOW_PREFIX)
    )
    for page in pages:
        for schedule in page["Schedules"]:
            fires_at = window_fires_at(schedule["Name"])
            if fires_at and fires_at > after:
                return schedule["Name"]
    return None


def start_again(moment: datetime, function_arn: str, settings: SplitSettings) -> None:
    """Schedule another split for the time when the limit allows a job."""
    event = again_event(moment.replace(microsecond=0) + timedelta(seconds=1))
    create_schedule(event.window, event, event.triggered_at, function_arn, settings)


def again_event(fires_at: datetime) -> ScheduleEvent:
    """Return the event of a schedule that starts the split again."""
    name = f"{AGAIN_PREFIX}{int(fires_at.timestamp())}"
    return ScheduleEvent(kind="again", triggered_at=fires_at, correlation_id=name, window=name)
