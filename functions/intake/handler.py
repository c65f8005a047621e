"""SQS batch of S3 notifications in, schedules for the split out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from common import clock
from common.observability import MetricUnit, logger, metrics
from common.s3 import Bucket
from common.settings import load
from common.status import StatusBoard
from intake import marker, scheduler, window
from intake.changes import Change, read_changes
from intake.settings import IntakeSettings

processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Make sure that each change under `raw/` has a schedule; report the messages that failed."""
    answer = process_partial_response(
        event=event, record_handler=take_in, processor=processor, context=context
    )
    return dict(answer)


def take_in(record: SQSRecord) -> None:
    """Create the schedules that one message asks for."""
    settings = load(IntakeSettings)
    changes: list[Change] = list(read_changes(record.body))
    metrics.add_metric("Changes", MetricUnit.Count, len(changes))
    schedules = window.plan(changes, clock.now(), settings.quiet_period_seconds)
    for planned in schedules:
        fires_at = scheduler.create_once(planned, settings)
        if fires_at:
            logger.info("schedule created", correlation_id=planned.name, fires_at=fires_at)
            _say_waiting(settings.bucket, planned, clock.to_text(fires_at))
    if not schedules and not settings.quiet_period_seconds:
        marker.say_waiting(Bucket(settings.bucket), changes, clock.now())


def _say_waiting(bucket: str, planned: window.PlannedSchedule, fires_at: str) -> None:
    sentence = (
        "The drop was declared complete by raw/_READY; the split starts within a minute or two."
        if planned.kind == "ready"
        else f"Images are arriving. The split starts at {fires_at} if the drop is quiet by then."
    )
    StatusBoard(Bucket(bucket)).report_drop(
        "waiting", sentence, as_of=planned.changed_at, until=fires_at
    )
