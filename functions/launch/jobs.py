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
from launch.decision import JobSummary

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


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


def jobs_of(stack_hash: str, created_after: datetime | None = None) -> list[JobSummary]:
    """List the stack's training jobs, newest first.

    Raises:
        TurnedDownError: SageMaker does not say.
    """
    since: dict[str, Any] = {"CreationTimeAfter": created_after} if created_after else {}
    pages = (
        sagemaker_client()
        .get_paginator("list_training_jobs")
        .paginate(
            NameContains=f"{stack_hash}-", SortBy="CreationTime", SortOrder="Descending", **since
        )
    )
    summaries = (
        (run_name.read(item["TrainingJobName"]), item)
        for page in pages
        for item in page["TrainingJobSummaries"]
    )
    with _translated():
        return [
            JobSummary(
                name, item["TrainingJobStatus"], item["CreationTime"], item.get("TrainingEndTime")
            )
            for name, item in summaries
            if name is not None and name.stack == stack_hash
        ]


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


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise TurnedDownError(said["Code"], said["Message"]) from error
