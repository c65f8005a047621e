"""Lambda gateway: sends plot the end of a job once more, when the first event was lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from common import clock

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# The fields of DescribeTrainingJob that the event of a job's end has too.
FIELDS = (
    *("TrainingJobName", "TrainingJobStatus", "SecondaryStatus", "FailureReason"),
    *("TrainingStartTime", "TrainingEndTime", "InputDataConfig", "HyperParameters"),
)


@cache
def lambda_client() -> LambdaClient:
    """One client per process."""
    return boto3.client("lambda")


def job_end(description: Mapping[str, Any], dataset: str, correlation_id: str) -> dict[str, Any]:
    """Build the event that SageMaker sends when a job ends, from a job's description.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    detail = {name: description[name] for name in FIELDS if name in description}
    tags = {"droptrain:dataset": dataset, "droptrain:correlation-id": correlation_id}
    return {
        "source": "aws.sagemaker",
        "time": clock.to_text(clock.now()),
        "detail": detail | {"Tags": tags},
    }


def send(function_arn: str, event: Mapping[str, Any]) -> None:
    """Invoke plot with the event, without waiting for it."""
    payload = json.dumps(event, default=_milliseconds)
    lambda_client().invoke(FunctionName=function_arn, InvocationType="Event", Payload=payload)


def _milliseconds(value: object) -> int:
    """Write a time as the event does."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    raise TypeError(type(value).__name__)
