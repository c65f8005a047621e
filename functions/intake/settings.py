"""The intake's settings, as the template sets them."""

from __future__ import annotations

from pydantic import Field

from common.settings import ScheduleSettings


class IntakeSettings(ScheduleSettings):
    """The quiet period in seconds (0: only `raw/_READY` starts a split) and the split's ARN."""

    quiet_period_seconds: int = Field(ge=0, le=86_400)
    split_function_arn: str
