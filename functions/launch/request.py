"""The CreateTrainingJob request as data. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common import keys
from common.training_job import REFUSED_MACHINE
from launch.machines import MachineRefusal, Machines
from launch.order import Order
from launch.settings import LaunchSettings

CONTAINER_CODE = "/opt/ml/input/data/code"
CONTAINER_CHECKPOINTS = "/opt/ml/checkpoints"
# A variable of the job's environment: SageMaker doesn't tell a container its limit.
MAXIMUM_RUN_SECONDS = "DROPTRAIN_MAXIMUM_RUN_SECONDS"
SIDES = ("train", "validation")
GIGABYTE = 10**9
# After an internal error of SageMaker; a retry continues from the checkpoints.
RETRY_ATTEMPTS = 2

# What train.py prints once per epoch, for the curves in SageMaker's console.
METRICS = {
    "train:loss": r" - loss: ([0-9.eE+-]+)",
    "train:accuracy": r" - accuracy: ([0-9.eE+-]+)",
    "validation:loss": r" - val_loss: ([0-9.eE+-]+)",
    "validation:accuracy": r" - val_accuracy: ([0-9.eE+-]+)",
    "validation:macro_f1": r" - val_macro_f1: ([0-9.eE+-]+)",
}


def training_job_request(
    run: str,
    order: Order,
    code_prefix: str,
    settings: LaunchSettings,
    machines: Machines,
    refusals: Sequence[MachineRefusal] = (),
) -> dict[str, Any]:
    """Build the request for one run on these machines, after these refusals of others.

    `code_prefix` is where the run's training code is in the bucket.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    bucket = settings.bucket
    prefixes = _prefixes(order, code_prefix, settings)
    image = settings.training_image_gpu if machines.have_gpus else settings.training_image_cpu
    request: dict[str, Any] = {
        "TrainingJobName": run,
        "RoleArn": settings.training_role_arn,
        "AlgorithmSpecification": _algorithm(image),
        "HyperParameters": settings.hyperparameters(),
        "Environment": _environment(settings, refusals),
        "InputDataConfig": [_channel(bucket, name, prefix) for name, prefix in prefixes.items()],
        "OutputDataConfig": {"S3OutputPath": keys.s3_uri(bucket, keys.RUNS)},
        "CheckpointConfig": {
            "S3Uri": keys.s3_uri(bucket, keys.run_checkpoints(run)),
            "LocalPath": CONTAINER_CHECKPOINTS,
        },
        "ResourceConfig": _resources(order, settings, machines),
        "StoppingCondition": stopping_condition(settings, is_spot=machines.is_spot),
        "RetryStrategy": {"MaximumRetryAttempts": RETRY_ATTEMPTS},
        "EnableNetworkIsolation": True,
        "ProfilerConfig": {"DisableProfiler": True},
        "Tags": _tags(order, settings),
    }
    return request | _optional(settings, machines)


def _environment(settings: LaunchSettings, refusals: Sequence[MachineRefusal]) -> dict[str, str]:
    # The job's own record keeps them for the report, even if this launch dies now.
    names = (f"{REFUSED_MACHINE}{number}" for number, _ in enumerate(refusals, 1))
    return {
        # Not a hyperparameter: another limit doesn't make another model.
        MAXIMUM_RUN_SECONDS: str(settings.maximum_run_seconds),
        **dict(zip(names, map(str, refusals), strict=True)),
    }


def _optional(settings: LaunchSettings, machines: Machines) -> dict[str, Any]:
    """Return the fields that not every request has."""
    fields: dict[str, Any] = {}
    if len(machines.types) == 1:  # a list of preferences excludes the field, whatever its value
        fields["EnableManagedSpotTraining"] = machines.is_spot
    if settings.training_subnets:
        # The container stays isolated: only SageMaker's own transfers pass through the VPC.
        fields["VpcConfig"] = {
            "Subnets": list(settings.training_subnets),
            "SecurityGroupIds": list(settings.training_security_groups),
        }
    return fields


def _prefixes(order: Order, code_prefix: str, settings: LaunchSettings) -> dict[str, str]:
    """Return the prefix that each channel downloads, by the channel's name."""
    prefixes = {side: keys.side(side) for side in SIDES}
    # A channel without an object would fail the job.
    if order.test_images:
        prefixes["test"] = keys.side("test")
    # The sides hold the copies of every dataset; the manifest lists those of this one.
    prefixes |= {"manifest": keys.records_of(order.dataset), "code": code_prefix}
    if settings.pretrained_weights:
        prefixes["pretrained"] = keys.pretrained(settings.pretrained_weights)
    return prefixes


def _resources(order: Order, settings: LaunchSettings, machines: Machines) -> dict[str, Any]:
    preferences = [{"InstanceType": name} for name in machines.types]
    return {
        **(preferences[0] if len(preferences) == 1 else {"InstancePreferences": preferences}),
        "InstanceCount": 1,
        # The disk holds the images that the job downloads, besides what it writes.
        "VolumeSizeInGB": settings.volume_gigabytes + order.channel_bytes // GIGABYTE,
    }


def stopping_condition(settings: LaunchSettings, *, is_spot: bool) -> dict[str, int]:
    """Limit the run time of all attempts together, and the wait for spot.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
    """
    limits = {"MaxRuntimeInSeconds": settings.maximum_run_seconds}
    if is_spot:
        # The job may wait for spot capacity as long as it may run.
        limits["MaxWaitTimeInSeconds"] = 2 * settings.maximum_run_seconds
    return limits


def _algorithm(image: str) -> dict[str, Any]:
    return {
        "TrainingImage": image,
        "TrainingInputMode": "File",
        # The script is process 1: under the image's own entry point it wouldn't get SIGTERM.
        "ContainerEntrypoint": ["python3"],
        "ContainerArguments": [f"{CONTAINER_CODE}/train.py"],
        "MetricDefinitions": [
            {"Name": name, "Regex": pattern} for name, pattern in METRICS.items()
        ],
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


def _tags(order: Order, settings: LaunchSettings) -> list[dict[str, str]]:
    tags = settings.job_tags | {
        "droptrain:stack": settings.stack_name,
        "droptrain:stack-hash": settings.stack_hash,
        "droptrain:dataset": order.dataset,
        "droptrain:correlation-id": order.correlation_id,
    }
    return [{"Key": key, "Value": value} for key, value in tags.items()]
