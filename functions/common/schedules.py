"""EventBridge Scheduler gateway: creates one-time schedules that start the split.

It never changes one: changing a schedule at the moment it fires and deletes itself would lose what
it was made for.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from common import clock
from common.settings import CommonSettings

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# A schedule that cannot reach the split for a day has nothing left to say.
MAXIMUM_EVENT_AGE_SECONDS = 86_400
MAXIMUM_RETRY_ATTEMPTS = 10

# How far in the future a schedule lies when Scheduler is asked for it. AWS does not say whether it
# takes a time that has passed, and users report both; turned down, the request is made once more.
ROOM = timedelta(seconds=1)
MORE_ROOM = timedelta(seconds=15)


class ScheduleSettings(CommonSettings):
    """What a schedule needs besides its target."""

    schedule_group: str
    scheduler_role_arn: str
    failure_queue_arn: str


@dataclass(frozen=True)
class Schedule:
    """Sends `payload` once, not before `fires_at`; its name says what it is for."""

    name: str
    fires_at: datetime
    payload: dict[str, str]


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """One client per process."""
    return boto3.client("scheduler")


def create_schedule(
    schedule: Schedule, function_arn: str, settings: ScheduleSettings
) -> datetime | None:
    """Create the schedule; return when it fires, None when one of this name is there, as good."""
    try:
        return _create_in_the_future(schedule, function_arn, settings)
    except ClientError as error:
        if _code(error) == "ConflictException":
            return None
        raise


def _create_in_the_future(
    schedule: Schedule, function_arn: str, settings: ScheduleSettings
) -> datetime:
    try:
        return _create(schedule, function_arn, settings, ROOM)
    except ClientError as error:
        if _code(error) != "ValidationException":
            raise
        return _create(schedule, function_arn, settings, MORE_ROOM)


def _create(
    schedule: Schedule, function_arn: str, settings: ScheduleSettings, room: timedelta
) -> datetime:
    client = scheduler_client()  # made before the time is taken: a cold start needs a second for it
    earliest = math.ceil((clock.now() + room).timestamp())
    fires_at = max(schedule.fires_at, datetime.fromtimestamp(earliest, UTC))
    client.create_schedule(
        Name=schedule.name,
        GroupName=settings.schedule_group,
        ScheduleExpression=f"at({fires_at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": function_arn,
            "RoleArn": settings.scheduler_role_arn,
            "Input": json.dumps(schedule.payload),
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
