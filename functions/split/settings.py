"""The split's settings, as the template sets them."""

from __future__ import annotations

from pydantic import Field

from common import keys
from common.limits import LimitSettings
from common.settings import ScheduleSettings


class SplitSettings(ScheduleSettings, LimitSettings):
    """Shares are fractions of 1, waits are seconds."""

    topic_arn: str
    quiet_period_seconds: int = Field(ge=0)
    minimum_changed_images: int = Field(ge=1)
    dataset_expiry_days: int = Field(ge=1)
    maximum_wait_seconds: int = Field(ge=0)
    validation_share: float = Field(gt=0, lt=1)
    minimum_images_per_class: int = Field(ge=2)
    split_seed: int = Field(ge=0, le=2**32 - 1)

    @property
    def sides_key(self) -> str:
        """The key under which the sides of this partition are recorded."""
        return keys.sides(self.split_seed, self.validation_share)

    def partition_facts(self) -> dict[str, int | float | str]:
        """Return the settings that a verdict states."""
        return {
            "validation_share": self.validation_share,
            "minimum_images_per_class": self.minimum_images_per_class,
            "split_seed": self.split_seed,
            "sides": self.sides_key,
        }
