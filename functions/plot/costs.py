"""What a training job used, as SageMaker bills it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """What a job used; None where SageMaker does not say. Seconds are of one machine."""

    training_seconds: int | None = None
    billable_seconds: int | None = None
    is_spot: bool | None = None
    instance_type: str | None = None
    image: str | None = None

    @property
    def spot_saving(self) -> float | None:
        """The share of the training time that was not billed, as SageMaker's console shows it."""
        if not self.is_spot or not self.training_seconds or self.billable_seconds is None:
            return None
        return 1 - self.billable_seconds / self.training_seconds
