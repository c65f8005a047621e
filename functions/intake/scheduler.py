"""EventBridge Scheduler gateway: creates one-time schedules, never changes one."""

from __future__ import annotations

import json
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from intake.settings import IntakeSettings
from intake.window import PlannedSchedule

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# A schedule that cannot reach the split for a day has nothing left to say.
MAXIMUM_EVENT_AGE_SECONDS = 86_400
MAXIMUM_RETRY_ATTEMPTS = 10

_seen: deque[str] = deque(maxlen=100)


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """One client per process."""
    return boto3.client("scheduler")


def forget() -> None:
    """Forget which schedules were seen, as a cold start does."""
    _seen.clear()


def create_once(planned: PlannedSchedule, settings: IntakeSettings) -> bool:
    """Create the schedule; False when it is there already, which is as good.

    A name seen once is not asked for again: within its window a schedule never goes away, and a
    burst of thousands of uploads would otherwise ask Scheduler once per message.
    """
    if planned.name in _seen:
        return False
    created = _create(planned, settings)
    # Only now: a name that is remembered although its schedule could not be made is a lost drop.
    _seen.append(planned.name)
    return created


def _create(planned: PlannedSchedule, settings: IntakeSettings) -> bool:
    try:
        scheduler_client().create_schedule(
            Name=planned.name,
            GroupName=settings.schedule_group,
            ScheduleExpression=f"at({planned.fires_at:%Y-%m-%dT%H:%M:%S})",
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
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConflictException":
            return False
        raise
    return True
