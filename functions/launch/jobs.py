"""SageMaker gateway: which jobs of this stack there are, and starting one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from common.errors import DroptrainError
from launch import run_name
from launch.decision import MAXIMUM_ATTEMPTS, RUNNING, JobSummary
from launch.run_name import RunName

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import (
        DescribeTrainingJobResponseTypeDef,
        TrainingJobSummaryTypeDef,
    )

PAGE_SIZE = 100  # the most that SageMaker gives at once


class TurnedDownError(DroptrainError):
    """When SageMaker answers a request with an error: its `code`, and its `message` in words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@cache
def sagemaker_client() -> SageMakerClient:
    """One client per process."""
    return boto3.client("sagemaker", config=Config(retries={"mode": "standard", "max_attempts": 5}))


def newest_attempt(first: RunName) -> JobSummary | None:
    """Return the newest attempt of a run, asked for by its name; None when there is none yet.

    Raises:
        TurnedDownError: SageMaker does not say.
    """
    names = [first]
    while len(names) < MAXIMUM_ATTEMPTS:
        names.append(names[-1].next_attempt())
    return next((job for job in map(_described, reversed(names)) if job), None)


def jobs_since(stack_hash: str, moment: datetime) -> list[JobSummary]:
    """List the stack's jobs that were created after a moment, newest first.

    SageMaker cuts a page out of all jobs of the account and filters it afterwards. Filtered by the
    moment alone, the first page that comes back empty lies before it, and so do all that follow.

    Raises:
        TurnedDownError: SageMaker does not say.
    """
    pages = (
        sagemaker_client()
        .get_paginator("list_training_jobs")
        .paginate(
            CreationTimeAfter=moment,
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
    )
    found = []
    with _translated():
        for page in pages:
            if not page["TrainingJobSummaries"]:
                break
            found += [_summary(item) for item in page["TrainingJobSummaries"]]
    return [job for job in found if job and job.name.stack == stack_hash]


def start(request: dict[str, Any]) -> bool:
    """Start the job; False when a job of this name is there already, which is as good.

    Raises:
        TurnedDownError: SageMaker does not start it.
    """
    try:
        with _translated():
            sagemaker_client().create_training_job(**request)
    except TurnedDownError as error:
        if error.code in ("ResourceInUse", "ResourceInUseException"):
            return False
        raise
    return True


def _described(name: RunName) -> JobSummary | None:
    try:
        with _translated():
            return _summary(sagemaker_client().describe_training_job(TrainingJobName=str(name)))
    except TurnedDownError as error:
        # "Requested resource not found" is a ValidationException; the name itself is a valid one.
        if error.code in ("ValidationException", "ResourceNotFound"):
            return None
        raise


def _summary(
    job: DescribeTrainingJobResponseTypeDef | TrainingJobSummaryTypeDef,
) -> JobSummary | None:
    name, status = run_name.read(job["TrainingJobName"]), job["TrainingJobStatus"]
    if name is None:
        return None
    running = status in RUNNING
    # A job that never got a machine may have no end, only a last change.
    ended_at = None if running else job.get("TrainingEndTime", job.get("LastModifiedTime"))
    return JobSummary(name, status, job["CreationTime"], ended_at)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise TurnedDownError(said["Code"], said["Message"]) from error
