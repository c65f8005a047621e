"""Settings of the function, from the template."""

from __future__ import annotations

from pydantic import Field

from common.settings import CommonSettings


class PlotSettings(CommonSettings):
    """The bucket, the topic for notifications, and the share of the defects that may be missed."""

    topic_arn: str = Field(pattern=r"^arn:aws[a-z-]*:sns:")
    maximum_miss_rate: float = Field(ge=0, le=0.5)
