"""The CreateTrainingJob request as data: everything in, a dictionary out, no client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import keys
from launch.settings import LaunchSettings

CONTAINER_CODE = "/opt/ml/input/data/code"
CONTAINER_CHECKPOINTS = "/opt/ml/checkpoints"
SIDES = ("train", "validation")
GIGABYTE = 10**9
# After a fault of SageMaker's own, not of ours; a retry goes on from the checkpoints.
RETRY_ATTEMPTS = 2

# What train.py prints once per epoch, for the curves in SageMaker's console.
METRICS = {
    "train:loss": r" - loss: ([0-9.eE+-]+)",
    "train:accuracy": r" - accuracy: ([0-9.eE+-]+)",
    "validation:loss": r" - val_loss: ([0-9.eE+-]+)",
    "validation:accuracy": r" - val_accuracy: ([0-9.eE+-]+)",
    "validation:macro_f1": r" - val_macro_f1: ([0-9.eE+-]+)",
}


@dataclass(frozen=True)
class Job:
    """What one training job is made of; `channel_bytes` are those of the images it fetches."""

    name: str
    dataset: str
    code_prefix: str
    correlation_id: str
    channel_bytes: int = 0


def training_job(job: Job, settings: LaunchSettings) -> dict[str, Any]:
    """Make the request.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    bucket = settings.bucket
    request: dict[str, Any] = {
        "TrainingJobName": job.name,
        "RoleArn": settings.training_role_arn,
        "AlgorithmSpecification": _algorithm(settings.training_image),
        "HyperParameters": settings.hyperparameters(),
        "InputDataConfig": [
            _channel(bucket, name, prefix) for name, prefix in _prefixes(job, settings).items()
        ],
        "OutputDataConfig": {"S3OutputPath": keys.s3_uri(bucket, keys.RUNS)},
        "CheckpointConfig": {
            "S3Uri": keys.s3_uri(bucket, keys.run_checkpoints(job.name)),
            "LocalPath": CONTAINER_CHECKPOINTS,
        },
        "ResourceConfig": {
            "InstanceType": settings.instance_type,
            "InstanceCount": 1,
            # The disk holds what the job fetches, besides what it writes.
            "VolumeSizeInGB": settings.volume_gigabytes + job.channel_bytes // GIGABYTE,
        },
        "StoppingCondition": _stopping_condition(settings),
        "RetryStrategy": {"MaximumRetryAttempts": RETRY_ATTEMPTS},
        "EnableNetworkIsolation": True,
        "EnableManagedSpotTraining": settings.use_spot,
        "ProfilerConfig": {"DisableProfiler": True},
        "Tags": _tags(
            settings.job_tags
            | {
                "droptrain:stack": settings.stack_name,
                "droptrain:stack-hash": settings.stack_hash,
                "droptrain:dataset": job.dataset,
                "droptrain:correlation-id": job.correlation_id,
            }
        ),
    }
    if settings.training_subnets:
        # Isolated as before: SageMaker's own transfers alone pass through the VPC.
        request["VpcConfig"] = {
            "Subnets": list(settings.training_subnets),
            "SecurityGroupIds": list(settings.training_security_groups),
        }
    return request


def _prefixes(job: Job, settings: LaunchSettings) -> dict[str, str]:
    """Return the prefix that each channel fetches, by the channel's name."""
    prefixes = {side: keys.side(side) for side in SIDES}
    # What of the two the job uses: they hold the copies of every dataset.
    prefixes |= {"manifest": keys.records_of(job.dataset), "code": job.code_prefix}
    if settings.pretrained_weights:
        prefixes["pretrained"] = keys.pretrained(settings.pretrained_weights)
    return prefixes


def _stopping_condition(settings: LaunchSettings) -> dict[str, int]:
    """Limit all attempts together, and so the wait for spot.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
    """
    limits = {"MaxRuntimeInSeconds": settings.maximum_run_seconds}
    if settings.use_spot:
        # The job may wait for spot capacity as long again as it may run.
        limits["MaxWaitTimeInSeconds"] = 2 * settings.maximum_run_seconds
    return limits


def _algorithm(image: str) -> dict[str, Any]:
    return {
        "TrainingImage": image,
        "TrainingInputMode": "File",
        # The script is process 1: under the image's own entry point it never gets SIGTERM.
        "ContainerEntrypoint": ["python3"],
        "ContainerArguments": [f"{CONTAINER_CODE}/train.py"],
        "MetricDefinitions": [{"Name": n, "Regex": r} for n, r in METRICS.items()],
    }


def _channel(bucket: str, name: str, prefix: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "InputMode": "File",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": keys.s3_uri(bucket, prefix),
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
