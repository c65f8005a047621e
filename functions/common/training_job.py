"""A training job of this stack. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

RUNNING = ("InProgress", "Stopping")
# With a number: a variable of the job's environment, in which launch tells plot of a machine that
# SageMaker refused.
REFUSED_MACHINE = "DROPTRAIN_REFUSED_MACHINE_"


def billed_type(resources: Mapping[str, Any]) -> str | None:
    """Return the instance type in a job's `ResourceConfig`; None until SageMaker has chosen one.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
    """
    return resources.get("SelectedInstanceType") or resources.get("InstanceType")


@dataclass(frozen=True)
class TrainingJob:
    """A training job; `status` as SageMaker spells it."""

    name: str
    status: str
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job still has, or will get, an instance."""
        return self.status in RUNNING

    def lasted(self, now: datetime) -> timedelta:
        """Return the time from its creation to its end, or until now: at least what is billed."""
        return max((self.ended_at or now) - self.created_at, timedelta())
