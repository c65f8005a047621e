"""SageMaker gateway: the training jobs of this stack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from common import clock

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

# The longest that a job may run, MaximumRunSeconds, and wait for spot capacity: twice as long again.
LONGEST_JOB = timedelta(days=15)
PAGE = 100  # as many as SageMaker puts on one


@dataclass(frozen=True)
class TrainingJob:
    """A training job of this stack; `status` as SageMaker spells it."""

    name: str
    status: str
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job still holds, or will hold, an instance."""
        return self.status in ("InProgress", "Stopping")


@cache
def sagemaker_client() -> SageMakerClient:
    """One client per process."""
    return boto3.client("sagemaker", config=Config(retries={"mode": "standard", "max_attempts": 5}))


def recent_jobs(stack_hash: str) -> list[TrainingJob]:
    """List the stack's jobs of the last days, newest first; none that runs is older.

    SageMaker cuts its pages before it filters by name, so days bound how many pages there are.
    """
    pages = (
        sagemaker_client()
        .get_paginator("list_training_jobs")
        .paginate(
            NameContains=f"{stack_hash}-",
            CreationTimeAfter=clock.now() - LONGEST_JOB,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=PAGE,
        )
    )
    return [
        TrainingJob(
            item["TrainingJobName"],
            item["TrainingJobStatus"],
            item["CreationTime"],
            item.get("TrainingEndTime"),
        )
        for page in pages
        for item in page["TrainingJobSummaries"]
        if item["TrainingJobName"].startswith(f"{stack_hash}-")
    ]
