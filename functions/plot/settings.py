"""Settings of the function, from the template."""

from __future__ import annotations

from pydantic import Field

from common.settings import CommonSettings


class PlotSettings(CommonSettings):
    """The bucket, and the topic for notifications."""

    topic_arn: str = Field(pattern=r"^arn:aws[a-z-]*:sns:")
