"""The request as data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from common.training_job import REFUSED_MACHINE
from launch.machines import Machines, machines_to_request, refusals_of
from launch.order import Order
from launch.request import MAXIMUM_RUN_SECONDS, METRICS, training_job_request
from launch.settings import MAXIMUM_TAGS, LaunchSettings

OUR_TAGS = 4
IN_VPC = {
    "training_subnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "training_security_groups": "sg-0123456789abcdef0",
}
RUN = "51af3dc0-cf6336ca-7393851c-1"
ORDER = Order("cf63" * 16, "split-window-1", datetime(2026, 11, 22, tzinfo=UTC))


def settings(**changed: object) -> LaunchSettings:
    values = {
        "bucket": "the-bucket",
        "watch_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:watch",
        "schedule_group": "group",
        "scheduler_role_arn": "arn:aws:iam::123456789012:role/scheduler",
        "failure_queue_arn": "arn:aws:sqs:us-east-1:123456789012:failures",
        "topic_arn": "arn:aws:sns:us-east-1:123456789012:t",
        "stack_hash": "51af3dc0",
        "stack_name": "droptrain",
        "training_image_cpu": "image:cpu",
        "training_image_gpu": "image:gpu",
        "training_role_arn": "arn:aws:iam::123456789012:role/training",
        "training_subnets": "",
        "training_security_groups": "",
        "job_tags": "",
        "instance_types": "ml.m5.xlarge",
        "volume_gigabytes": "30",
        "use_spot": "false",
        "maximum_run_seconds": "7200",
        "maximum_runs_per_day": "4",
        "maximum_training_hours_per_month": "100",
        "architecture": "cnn",
        "pretrained_weights": "",
        "epochs": "7",
        "patience": "5",
        "batch_size": "16",
        "learning_rate": "0.0005",
        "image_size": "64",
        "folds": "4",
        "minimum_images_per_class": "12",
        "split_seed": "3",
    }
    return LaunchSettings.model_validate(values | changed)


def request(order: Order = ORDER, **changed: object) -> dict[str, Any]:
    chosen = settings(**changed)
    [machines, *_] = machines_to_request(chosen.instance_types, use_spot=chosen.use_spot)
    return training_job_request(RUN, order, "code/abc/", chosen, machines)


def test_every_hyperparameter_is_passed_as_text():
    assert request()["HyperParameters"] == {
        "architecture": "cnn",
        "epochs": "7",
        "patience": "5",
        "batch-size": "16",
        "learning-rate": "0.0005",
        "image-size": "64",
        "folds": "4",
        "minimum-images-per-class": "12",
        "seed": "3",
    }


def test_the_job_is_told_how_long_it_may_run():
    job = request(maximum_run_seconds="3600")

    assert job["Environment"] == {MAXIMUM_RUN_SECONDS: "3600"}
    assert job["StoppingCondition"]["MaxRuntimeInSeconds"] == 3600


def channels(**changed: object) -> dict[str, str]:
    return {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in request(**changed)["InputDataConfig"]
    }


def test_the_channels_are_the_dataset_and_the_code():
    assert channels() == {
        "train": "s3://the-bucket/datasets/train/",
        "validation": "s3://the-bucket/datasets/validation/",
        "manifest": f"s3://the-bucket/splits/{ORDER.dataset}/",
        "code": "s3://the-bucket/code/abc/",
    }


def test_a_test_set_has_its_own_channel_and_changes_nothing_else():
    tested = request(replace(ORDER, test_images=3))
    *_, channel = sorted(
        tested["InputDataConfig"], key=lambda channel: channel["ChannelName"] == "test"
    )

    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == "s3://the-bucket/datasets/test/"
    tested["InputDataConfig"].remove(channel)
    assert tested == request()


def test_initial_weights_have_their_own_channel():
    weights = {"pretrained": "s3://the-bucket/pretrained/imagenet/"}

    assert channels(pretrained_weights="imagenet") == channels() | weights


def test_the_script_is_process_1_and_has_no_network():
    job = request()

    assert job["AlgorithmSpecification"]["ContainerEntrypoint"] == ["python3"]
    assert job["AlgorithmSpecification"]["ContainerArguments"] == [
        "/opt/ml/input/data/code/train.py"
    ]
    assert job["EnableNetworkIsolation"] is True


def test_a_job_in_a_vpc_stays_isolated():
    job = request(**IN_VPC)

    assert job["VpcConfig"] == {
        "Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
    }
    assert job["EnableNetworkIsolation"] is True


def test_without_subnets_sagemaker_s_own_network_is_used():
    assert "VpcConfig" not in request()


def test_the_user_s_tags_are_added_to_those_of_droptrain():
    tags = {
        tag["Key"]: tag["Value"] for tag in request(job_tags="CostCenter=42,Owner=quality")["Tags"]
    }

    assert tags["CostCenter"] == "42"
    assert tags["Owner"] == "quality"
    assert len([key for key in tags if key.startswith("droptrain:")]) == OUR_TAGS


def test_a_job_has_no_more_tags_than_aws_allows():
    most = ",".join(f"key{n}=" for n in range(MAXIMUM_TAGS))

    assert len(request(job_tags=most)["Tags"]) == 50


def test_on_demand_jobs_have_no_maximum_wait():
    job = request()

    assert job["EnableManagedSpotTraining"] is False
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}


def test_spot_jobs_may_wait_and_have_checkpoints():
    job = request(use_spot="true")

    assert job["EnableManagedSpotTraining"] is True
    assert job["StoppingCondition"]["MaxWaitTimeInSeconds"] >= 7200
    assert job["CheckpointConfig"]["S3Uri"] == f"s3://the-bucket/checkpoints/{RUN}/"


def test_an_internal_error_of_sagemaker_is_retried_within_the_same_limits():
    """MaxRuntimeInSeconds counts all attempts together, so a retry costs no more."""
    job = request(use_spot="true")

    assert job["RetryStrategy"]["MaximumRetryAttempts"] in (1, 2)
    assert job["StoppingCondition"]["MaxRuntimeInSeconds"] == 7200


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("train:loss", "0.4312"),
        ("train:accuracy", "0.8125"),
        ("validation:loss", "1.5e-05"),
        ("validation:accuracy", "0.7900"),
        ("validation:macro_f1", "0.7700"),
    ],
)
def test_the_metrics_read_the_training_log(metric: str, value: str):
    line = (
        "epoch 3/30 - loss: 0.4312 - accuracy: 0.8125 - val_loss: 1.5e-05 - val_accuracy: 0.7900 "
        "- val_macro_f1: 0.7700 - learning_rate: 0.000950 - 3.2 s"
    )

    assert re.findall(METRICS[metric], line) == [value]


def test_the_disk_grows_with_the_images():
    images = replace(ORDER, channel_bytes=40_500_000_000)  # 20,000 of 2 MB

    volumes = [request(order)["ResourceConfig"]["VolumeSizeInGB"] for order in (ORDER, images)]

    assert volumes == [30, 70]


def test_one_type_is_requested_as_itself():
    job = request()

    assert job["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"
    assert "InstancePreferences" not in job["ResourceConfig"]
    assert job["EnableManagedSpotTraining"] is False


def test_several_types_are_preferences_which_exclude_type_and_spot():
    job = request(instance_types="ml.g5.xlarge,ml.g4dn.xlarge")

    assert job["ResourceConfig"]["InstancePreferences"] == [
        {"InstanceType": "ml.g5.xlarge"},
        {"InstanceType": "ml.g4dn.xlarge"},
    ]
    assert "InstanceType" not in job["ResourceConfig"]
    assert "EnableManagedSpotTraining" not in job
    assert job["AlgorithmSpecification"]["TrainingImage"] == "image:gpu"


def test_a_job_carries_the_machines_that_were_refused_before():
    refused = Machines(("ml.g5.xlarge",), is_spot=True)
    refusals = refusals_of(refused, "ResourceLimitExceeded", "no quota")
    machines = Machines(("ml.m5.xlarge",))

    job = training_job_request(RUN, ORDER, "code/abc/", settings(), machines, refusals or [])

    assert job["Environment"] == {
        MAXIMUM_RUN_SECONDS: "7200",
        f"{REFUSED_MACHINE}1": "ml.g5.xlarge on spot: the account's quota 'ml.g5.xlarge for spot "
        "training job usage' doesn't allow it",
    }
    assert job["EnableManagedSpotTraining"] is False
    assert "MaxWaitTimeInSeconds" not in job["StoppingCondition"]
