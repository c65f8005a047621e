"""SageMaker gateway: this stack's training jobs, and what keeps another from starting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from common import clock
from common.errors import DroptrainError
from common.limits import LimitSettings, Obstacle, month_of, obstacle_of
from common.training_job import RUNNING, TrainingJob

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import (
        DescribeTrainingJobResponseTypeDef,
        TrainingJobSummaryTypeDef,
    )

# A job runs for at most five days (MaximumRunSeconds), may wait as long for spot capacity, and then
# stores its results. A job created earlier than this can't be running, whatever is deployed now.
LONGEST_JOB = timedelta(days=11)
PAGE_SIZE = 100  # the most that SageMaker returns at once
# More would take longer than a function may; a job that isn't described counts in full.
MAXIMUM_DESCRIPTIONS = 100


class TurnedDownError(DroptrainError):
    """SageMaker answered a request with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@cache
def sagemaker_client() -> SageMakerClient:
    """One client per process."""
    return boto3.client("sagemaker", config=Config(retries={"mode": "standard", "max_attempts": 5}))


def recent_jobs(stack_hash: str) -> list[TrainingJob]:
    """List the stack's jobs of this month and of the last `LONGEST_JOB`, newest first.

    No running job is older. SageMaker takes a page of all jobs in the account and filters it
    afterwards. With the age as the only filter, all pages after the first empty one are too old.

    Raises:
        TurnedDownError: SageMaker refused the request.
    """
    now = clock.now()
    pages = (
        sagemaker_client()
        .get_paginator("list_training_jobs")
        .paginate(
            CreationTimeAfter=min(now - LONGEST_JOB, month_of(now)),
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
    )
    jobs: list[TrainingJob] = []
    with translated():
        for page in pages:
            if not page["TrainingJobSummaries"]:
                break
            jobs += [read_job(item) for item in page["TrainingJobSummaries"]]
    return [job for job in jobs if job.name.startswith(f"{stack_hash}-")]


def describe(name: str) -> dict[str, Any] | None:
    """Return the description of a job, None when there is none of this name.

    Raises:
        TurnedDownError: SageMaker refused the request.
    """
    try:
        with translated():
            return dict(sagemaker_client().describe_training_job(TrainingJobName=name))
    except TurnedDownError as error:
        # "Requested resource not found" is a ValidationException, and the name itself is valid.
        if error.code in ("ValidationException", "ResourceNotFound"):
            return None
        raise


def find_obstacle(limits: LimitSettings) -> Obstacle | None:
    """Return what keeps another job of the stack from starting, None if nothing does.

    Raises:
        TurnedDownError: SageMaker refused a request.
    """
    now, jobs = clock.now(), recent_jobs(limits.stack_hash)
    obstacle = obstacle_of(jobs, timedelta(), now, limits)
    if obstacle and obstacle.kind in ("running", "never"):
        return obstacle  # whatever was used
    used = used_in_month(jobs, now, limits.month - limits.longest_job)
    return obstacle_of(jobs, used, now, limits)


def used_in_month(jobs: Sequence[TrainingJob], now: datetime, room: timedelta) -> timedelta:
    """Return the time that the jobs of this month have used, or more if even that leaves `room`.

    A job is of the month in which it was created. The listing has the time from its creation to its
    end, which includes the wait for a machine; the billed time is asked for only while the sum of
    these leaves no room.
    """
    times = {job.name: job.lasted(now) for job in jobs if job.created_at >= month_of(now)}
    ended = [job.name for job in jobs if job.name in times and not job.is_running]
    longest_first = sorted(ended, key=lambda name: times[name], reverse=True)
    for name in longest_first[:MAXIMUM_DESCRIPTIONS]:
        if sum(times.values(), timedelta()) <= room:
            break
        times[name] = _billed(name, times[name])
    return sum(times.values(), timedelta())


def _billed(name: str, lasted: timedelta) -> timedelta:
    """Return what is billed for a job that ended; `lasted` until SageMaker says."""
    job = describe(name)
    if job is None or "TrainingStartTime" not in job:
        return timedelta()  # its record was deleted, or it never got a machine
    seconds = job.get("BillableTimeInSeconds")
    return lasted if seconds is None else timedelta(seconds=seconds)


def read_job(item: DescribeTrainingJobResponseTypeDef | TrainingJobSummaryTypeDef) -> TrainingJob:
    """Read a job from SageMaker's answer."""
    status = item["TrainingJobStatus"]
    # A job that never got an instance may have no end time, only a last change.
    ended_at = (
        None if status in RUNNING else item.get("TrainingEndTime", item.get("LastModifiedTime"))
    )
    return TrainingJob(item["TrainingJobName"], status, item["CreationTime"], ended_at)


@contextmanager
def translated() -> Iterator[None]:
    """Turn SageMaker's error answers into `TurnedDownError`."""
    try:
        yield
    except ClientError as error:
        answer = error.response["Error"]
        raise TurnedDownError(answer["Code"], answer["Message"]) from error
