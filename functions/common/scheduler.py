"""EventBridge Scheduler gateway: creates one-time schedules that start the split or the watch.

It never changes a schedule: one that is changed while it fires and deletes itself would be lost.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from common import clock
from common.documents import JsonDocument
from common.settings import ScheduleSettings

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# After a day a schedule that couldn't start its function is of no use any more.
MAXIMUM_EVENT_AGE_SECONDS = 86_400
MAXIMUM_RETRY_ATTEMPTS = 10

# How far ahead a schedule fires at the least. AWS doesn't document whether Scheduler accepts a time
# that has passed, and users report both; after a refusal the request is made once more.
ROOM = timedelta(seconds=1)
MORE_ROOM = timedelta(seconds=15)


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """One client per process."""
    return boto3.client("scheduler")


def create_schedule(
    name: str,
    event: JsonDocument,
    not_before: datetime,
    function_arn: str,
    settings: ScheduleSettings,
) -> datetime | None:
    """Schedule the event once; return when, or None if a schedule of its name exists already."""
    try:
        try:
            return _create(name, event, not_before, function_arn, settings, ROOM)
        except ClientError as error:
            if _code(error) != "ValidationException":
                raise
            return _create(name, event, not_before, function_arn, settings, MORE_ROOM)
    except ClientError as error:
        if _code(error) == "ConflictException":
            return None
        raise


def _create(
    name: str,
    event: JsonDocument,
    not_before: datetime,
    function_arn: str,
    settings: ScheduleSettings,
    room: timedelta,
) -> datetime:
    client = scheduler_client()  # before the clock is read: a cold start takes a second here
    earliest = math.ceil((clock.now() + room).timestamp())
    fires_at = max(not_before, datetime.fromtimestamp(earliest, UTC))
    client.create_schedule(
        Name=name,
        GroupName=settings.schedule_group,
        ScheduleExpression=f"at({fires_at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": function_arn,
            "RoleArn": settings.scheduler_role_arn,
            "Input": event.model_dump_json(),
            "DeadLetterConfig": {"Arn": settings.failure_queue_arn},
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": MAXIMUM_EVENT_AGE_SECONDS,
                "MaximumRetryAttempts": MAXIMUM_RETRY_ATTEMPTS,
            },
        },
    )
    return fires_at


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
