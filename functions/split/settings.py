"""What the split is told by the template."""

from __future__ import annotations

from pydantic import Field

from common.settings import CommonSettings


class SplitSettings(CommonSettings):
    """Shares are fractions of 1, waits are seconds."""

    schedule_group: str
    topic_arn: str
    maximum_wait_seconds: int = Field(ge=0)
    validation_share: float = Field(gt=0, lt=1)
    minimum_images_per_class: int = Field(ge=2)
    split_seed: int = Field(ge=0, le=2**32 - 1)
