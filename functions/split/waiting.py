"""Decides whether the split waits, because images are still arriving: `splits/waiting.json`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from common import clock, keys
from common.documents import ScheduleEvent, SplitTrigger
from common.observability import logger
from common.s3 import JSON, Bucket
from common.schedule import window_fires_at
from split import scheduler
from split.settings import SplitSettings


def must_wait(bucket: Bucket, settings: SplitSettings, trigger: SplitTrigger) -> bool:
    """Return whether images are arriving and no change has waited longer than the maximum wait.

    A later window is one that fires after the trigger's own, and hasn't fired yet: Scheduler lists
    a schedule for a while after it has fired, and nothing would start the split again.
    """
    recorded = _waiting_since(bucket)
    since = recorded or trigger.triggered_at
    now = clock.now()
    own = window_fires_at(trigger.window) if isinstance(trigger, ScheduleEvent) else None
    later = scheduler.later_window(settings.schedule_group, max(now, own or now))
    limit = since + timedelta(seconds=settings.maximum_wait_seconds)
    waits = trigger.kind != "ready" and later is not None and now < limit
    if waits and recorded is None and trigger.kind == "window":
        _record_waiting(bucket, since)
    if not waits and recorded is not None:
        _record_waiting(bucket, None)
    if waits:
        logger.info("more images are arriving", later_window=later, waiting_since=since)
    return waits


def _waiting_since(bucket: Bucket) -> datetime | None:
    """Return the time of the oldest change that an earlier split left waiting."""
    body = bucket.get(keys.WAITING)
    since = json.loads(body)["since"] if body else None
    return clock.from_text(since) if since else None


def _record_waiting(bucket: Bucket, since: datetime | None) -> None:
    """Record since when a change waits, or None once a split looks at everything."""
    record = {"since": clock.to_text(since) if since else None}
    bucket.put(keys.WAITING, json.dumps(record).encode(), JSON)
