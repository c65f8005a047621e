"""What the split is told by the template."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from common import keys
from common.scheduler import ScheduleSettings


class SplitSettings(ScheduleSettings):
    """Shares are fractions of 1, waits are seconds."""

    topic_arn: str
    stack_hash: str = Field(pattern="^[0-9a-f]{8}$")
    minimum_changed_images: int = Field(ge=1)
    maximum_runs_per_day: int = Field(ge=1)
    dataset_expiry_days: int = Field(ge=1)
    maximum_wait_seconds: int = Field(ge=0)
    validation_share: float = Field(gt=0, lt=1)
    minimum_images_per_class: int = Field(ge=2)
    split_seed: int = Field(ge=0, le=2**32 - 1)

    def facts(self) -> dict[str, Any]:
        """Return what a verdict says of how images were divided."""
        facts = self.model_dump(
            include={"validation_share", "minimum_images_per_class", "split_seed"}
        )
        return facts | {"sides": keys.sides(self.split_seed, self.validation_share)}
