"""The EventBridge event of a training job's state change, in AWS's shape."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_sagemaker.type_defs import TagTypeDef

SOURCE = "aws.sagemaker"
DETAIL_TYPE = "SageMaker Training Job State Change"

FIELDS = (
    "TrainingJobName",
    "TrainingJobArn",
    "TuningJobArn",
    "ModelArtifacts",
    "TrainingJobStatus",
    "SecondaryStatus",
    "FailureReason",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "SecondaryStatusTransitions",
)


def detail(job: Mapping[str, Any], tags: Sequence[TagTypeDef]) -> dict[str, Any]:
    """Return the event's detail; times are milliseconds since 1970.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    shown = {name: _plain(job[name]) for name in FIELDS if job.get(name) is not None}
    return shown | {"Tags": {tag["Key"]: tag["Value"] for tag in tags}}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
