"""EventBridge Scheduler gateway: creates one-time schedules, never changes one."""

from __future__ import annotations

import json
import math
from collections import deque
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from common import clock
from intake.settings import IntakeSettings
from intake.window import PlannedSchedule

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# A schedule that cannot reach the split for a day has nothing left to say.
MAXIMUM_EVENT_AGE_SECONDS = 86_400
MAXIMUM_RETRY_ATTEMPTS = 10

# How far in the future a schedule lies when Scheduler is asked for it. AWS does not say whether it
# takes a time that has passed, and users report both; turned down, the request is made once more.
ROOM = timedelta(seconds=1)
MORE_ROOM = timedelta(seconds=15)

_seen: deque[str] = deque(maxlen=100)


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """One client per process."""
    return boto3.client("scheduler")


def forget() -> None:
    """Forget which schedules were seen, as a cold start does."""
    _seen.clear()


def create_once(planned: PlannedSchedule, settings: IntakeSettings) -> datetime | None:
    """Create the schedule; return when it fires, None when it is there already, which is as good.

    A name seen once is not asked for again: within its window a schedule never goes away, and a
    burst of thousands of uploads would otherwise ask Scheduler once per message.
    """
    if planned.name in _seen:
        return None
    _seen.append(planned.name)
    try:
        return _create_in_the_future(planned, settings)
    except ClientError as error:
        if _code(error) == "ConflictException":
            return None
        _seen.remove(planned.name)
        raise


def _create_in_the_future(planned: PlannedSchedule, settings: IntakeSettings) -> datetime:
    try:
        return _create(planned, settings, ROOM)
    except ClientError as error:
        if _code(error) != "ValidationException":
            raise
        return _create(planned, settings, MORE_ROOM)


def _create(planned: PlannedSchedule, settings: IntakeSettings, room: timedelta) -> datetime:
    client = scheduler_client()  # made before the time is taken: a cold start needs a second for it
    earliest = math.ceil((clock.now() + room).timestamp())
    fires_at = max(planned.fires_at, datetime.fromtimestamp(earliest, UTC))
    client.create_schedule(
        Name=planned.name,
        GroupName=settings.schedule_group,
        ScheduleExpression=f"at({fires_at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": settings.split_function_arn,
            "RoleArn": settings.scheduler_role_arn,
            "Input": json.dumps(planned.payload),
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
