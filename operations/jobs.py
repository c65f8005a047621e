"""The training jobs of a stack, recognized by the prefix of their names."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from operations.errors import OperationError
from operations.stack import DeployedStack

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

RUNNING = frozenset({"InProgress", "Stopping"})
PAGE_SIZE = 100  # the most that SageMaker gives at once
# Five days (MaximumRunSeconds), as long again for spot capacity, and time for the results.
LONGEST_JOB = dt.timedelta(days=11)


@dataclass(frozen=True)
class StackJob:
    """A training job; its name is the run's."""

    name: str
    status: str
    created_at: dt.datetime
    ended_at: dt.datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether it is, or may be, training."""
        return self.status in RUNNING


def jobs_since(sagemaker: SageMakerClient, prefix: str, since: dt.datetime) -> Iterator[StackJob]:
    """Yield the jobs created after `since` whose names begin with `prefix`, newest first.

    SageMaker filters each page after cutting it out of all jobs of the account. With a filter on
    their age alone, the first empty page is too old, and so are all that follow.
    """
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        CreationTimeAfter=since,
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": PAGE_SIZE},
    )
    for page in pages:
        if not page["TrainingJobSummaries"]:
            return
        for item in page["TrainingJobSummaries"]:
            name, ended_at = item["TrainingJobName"], item.get("TrainingEndTime")
            if name.startswith(prefix):
                yield StackJob(name, item["TrainingJobStatus"], item["CreationTime"], ended_at)


def newest_job(sagemaker: SageMakerClient, stack: DeployedStack) -> StackJob:
    """Return the newest job of a stack.

    Raises:
        OperationError: it has started none.
    """
    newest = next(jobs_since(sagemaker, stack.job_prefix, stack.created_at), None)
    if newest is None:
        raise OperationError(
            f"{stack.name} has started no training job yet: see `droptrain status`."
        )
    return newest


def running_jobs(sagemaker: SageMakerClient, prefix: str) -> list[StackJob]:
    """Return the jobs that are running or stopping."""
    since = dt.datetime.now(dt.UTC) - LONGEST_JOB
    return [job for job in jobs_since(sagemaker, prefix, since) if job.is_running]


def stop(sagemaker: SageMakerClient, name: str) -> None:
    """Stop a job; do nothing if it has just ended."""
    try:
        sagemaker.stop_training_job(TrainingJobName=name)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationException":
            raise


def wait_until_ended(
    sagemaker: SageMakerClient, name: str, patience: float, poll: float = 5.0
) -> str:
    """Wait until a job has ended; return its status. `patience` and `poll` are in seconds.

    Raises:
        OperationError: that takes longer than `patience`.
    """
    deadline = time.monotonic() + patience
    while True:
        status = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
        if status not in RUNNING:
            return status
        if time.monotonic() > deadline:
            raise OperationError(f"The job {name} has not stopped within {patience:.0f} seconds.")
        time.sleep(poll)
