"""EventBridge Scheduler gateway: creates one-time schedules that start the split.

It never changes one: changing a schedule at the moment it fires and deletes itself would lose what
it was made for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from common.settings import CommonSettings

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# A schedule that cannot reach the split for a day has nothing left to say.
MAXIMUM_EVENT_AGE_SECONDS = 86_400
MAXIMUM_RETRY_ATTEMPTS = 10


class ScheduleSettings(CommonSettings):
    """What a schedule needs besides its target."""

    schedule_group: str
    scheduler_role_arn: str
    failure_queue_arn: str


@dataclass(frozen=True)
class Schedule:
    """Sends `payload` once, at `fires_at`; its name says what it is for."""

    name: str
    fires_at: datetime
    payload: dict[str, str]


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """One client per process."""
    return boto3.client("scheduler")


def create_schedule(schedule: Schedule, function_arn: str, settings: ScheduleSettings) -> bool:
    """Create the schedule; False when one of this name is there already, which is as good."""
    try:
        scheduler_client().create_schedule(
            Name=schedule.name,
            GroupName=settings.schedule_group,
            ScheduleExpression=f"at({schedule.fires_at:%Y-%m-%dT%H:%M:%S})",
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
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConflictException":
            return False
        raise
    return True
