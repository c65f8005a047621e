"""Scheduler gateway: is a later quiet window pending, and since when has a change waited?"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import boto3

from common import clock, keys
from common.s3 import JSON, Bucket
from common.schedule import WINDOW_PREFIX, window_fires_at
from split.trigger import Trigger

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """One client per process."""
    return boto3.client("scheduler")


def later_window(schedule_group: str, trigger: Trigger, now: datetime) -> str | None:
    """Return the name of a schedule that will fire for changes later than the trigger's.

    One whose time has come is not waited for: Scheduler lists a schedule for a while after it has
    fired, and nothing would ask again. If it has yet to fire, the split is started once more.
    """
    pages = (
        scheduler_client()
        .get_paginator("list_schedules")
        .paginate(GroupName=schedule_group, NamePrefix=WINDOW_PREFIX)
    )
    for page in pages:
        for schedule in page["Schedules"]:
            fires_at = window_fires_at(schedule["Name"])
            if fires_at and fires_at > max(now, trigger.window or now):
                return schedule["Name"]
    return None


def waiting_since(bucket: Bucket) -> datetime | None:
    """Return when the oldest change was made that a split saw and left waiting."""
    body = bucket.get(keys.WAITING)
    since = json.loads(body)["since"] if body else None
    return clock.from_text(since) if since else None


def remember_waiting(bucket: Bucket, since: datetime | None) -> None:
    """Write down since when a change waits; None once a split looks at everything."""
    record = {"since": clock.to_text(since) if since else None}
    bucket.put(keys.WAITING, json.dumps(record).encode(), JSON)
