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

from common.changes import read_changes
from common.observability import logger, metrics
from common.settings import load
from intake.settings import IntakeSettings
from intake.workflow import schedule_splits

processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Make sure that each change under `raw/` has a schedule; report the messages that failed."""
    response = process_partial_response(
        event=event, record_handler=take_in, processor=processor, context=context
    )
    return dict(response)


def take_in(record: SQSRecord) -> None:
    """Schedule the splits that one message calls for."""
    schedule_splits(list(read_changes(record.body)), load(IntakeSettings))
