"""What intake is told by the template."""

from __future__ import annotations

from pydantic import Field

from common.settings import CommonSettings


class IntakeSettings(CommonSettings):
    """The quiet period in seconds (0: only `raw/_READY` starts) and what a schedule needs."""

    quiet_period_seconds: int = Field(ge=0, le=86_400)
    schedule_group: str
    scheduler_role_arn: str
    split_function_arn: str
    failure_queue_arn: str
