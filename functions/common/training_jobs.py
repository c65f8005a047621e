"""SageMaker gateway: the training jobs of this stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from common import clock
from common.errors import DroptrainError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import (
        DescribeTrainingJobResponseTypeDef,
        TrainingJobSummaryTypeDef,
    )

# A job runs for five days at most (MaximumRunSeconds), on spot it may wait as long again; then it
# stores its results. What was created before that runs no more, whatever was deployed meanwhile.
LONGEST_JOB = timedelta(days=11)
RUNNING = ("InProgress", "Stopping")
PAGE_SIZE = 100  # the most that SageMaker gives at once


class TurnedDownError(DroptrainError):
    """When SageMaker answers a request with an error: its `code`, and its `message` in words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class TrainingJob:
    """A training job; `status` as SageMaker spells it."""

    name: str
    status: str
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job still holds, or will hold, an instance."""
        return self.status in RUNNING


@cache
def sagemaker_client() -> SageMakerClient:
    """One client per process."""
    return boto3.client("sagemaker", config=Config(retries={"mode": "standard", "max_attempts": 5}))


def recent_jobs(stack_hash: str) -> list[TrainingJob]:
    """List the stack's jobs of the last `LONGEST_JOB`, newest first; none that runs is older.

    SageMaker cuts a page out of all jobs of the account and filters it afterwards. Filtered by
    their age alone, the first page that comes back empty is too old, and so are all that follow.

    Raises:
        TurnedDownError: SageMaker does not say.
    """
    pages = (
        sagemaker_client()
        .get_paginator("list_training_jobs")
        .paginate(
            CreationTimeAfter=clock.now() - LONGEST_JOB,
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
    )
    found = []
    with translated():
        for page in pages:
            if not page["TrainingJobSummaries"]:
                break
            found += [read_job(item) for item in page["TrainingJobSummaries"]]
    return [job for job in found if job.name.startswith(f"{stack_hash}-")]


def read_job(item: DescribeTrainingJobResponseTypeDef | TrainingJobSummaryTypeDef) -> TrainingJob:
    """Read what SageMaker says of a job."""
    status = item["TrainingJobStatus"]
    # A job that never got a machine may have no end, only a last change.
    last = None if status in RUNNING else item.get("TrainingEndTime", item.get("LastModifiedTime"))
    return TrainingJob(item["TrainingJobName"], status, item["CreationTime"], last)


@contextmanager
def translated() -> Iterator[None]:
    """Turn SageMaker's answers that are errors into `TurnedDownError`."""
    try:
        yield
    except ClientError as error:
        answer = error.response["Error"]
        raise TurnedDownError(answer["Code"], answer["Message"]) from error
