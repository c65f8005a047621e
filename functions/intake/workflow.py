"""The intake, step by step: plan the schedules of a message's changes, create them, report."""

from __future__ import annotations

from collections.abc import Sequence

from common import clock
from common.changes import Change
from common.observability import MetricUnit, logger, metrics
from common.s3 import Bucket
from intake import reporting, scheduler, window
from intake.settings import IntakeSettings


def schedule_splits(changes: Sequence[Change], settings: IntakeSettings) -> None:
    """Create the schedules that the changes of one message call for."""
    metrics.add_metric("Changes", MetricUnit.Count, len(changes))
    bucket = Bucket(settings.bucket)
    schedules = window.plan(changes, clock.now(), settings.quiet_period_seconds)
    for planned in schedules:
        fires_at = scheduler.create_once(planned, settings)
        if fires_at:
            logger.info("schedule created", correlation_id=planned.event.window, fires_at=fires_at)
            reporting.report_schedule(bucket, planned, fires_at)
    if not schedules and not settings.quiet_period_seconds:
        reporting.report_waiting_for_marker(bucket, changes, clock.now())
