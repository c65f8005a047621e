"""The request as data."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from launch.request import METRICS, Job, training_job
from launch.settings import LaunchSettings
from launch.tags import MAXIMUM_TAGS

OUR_TAGS = 4
IN_VPC = {
    "training_subnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "training_security_groups": "sg-0123456789abcdef0",
}
JOB = Job("51af3dc0-cf6336ca-7393851c-1", "cf63" * 16, "code/abc/", "split-window-1")


def settings(**changed: object) -> LaunchSettings:
    values = {
        "bucket": "the-bucket",
        "plot_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:plot",
        "topic_arn": "arn:aws:sns:us-east-1:123456789012:t",
        "stack_hash": "51af3dc0",
        "stack_name": "droptrain",
        "training_image_cpu": "image:cpu",
        "training_image_gpu": "image:gpu",
        "training_role_arn": "arn:aws:iam::123456789012:role/training",
        "training_subnets": "",
        "training_security_groups": "",
        "job_tags": "",
        "instance_type": "ml.m5.xlarge",
        "volume_gigabytes": "30",
        "use_spot": "false",
        "maximum_run_seconds": "7200",
        "maximum_runs_per_day": "4",
        "architecture": "cnn",
        "pretrained_weights": "",
        "epochs": "7",
        "patience": "5",
        "batch_size": "16",
        "learning_rate": "0.0005",
        "image_size": "64",
        "minimum_images_per_class": "12",
        "split_seed": "3",
    }
    return LaunchSettings.model_validate(values | changed)


def test_every_hyperparameter_is_passed_as_text():
    assert training_job(JOB, settings())["HyperParameters"] == {
        "architecture": "cnn",
        "epochs": "7",
        "patience": "5",
        "batch-size": "16",
        "learning-rate": "0.0005",
        "image-size": "64",
        "minimum-images-per-class": "12",
        "seed": "3",
    }


def channels(**changed: object) -> dict[str, str]:
    return {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in training_job(JOB, settings(**changed))["InputDataConfig"]
    }


def test_the_channels_are_the_dataset_and_the_code():
    assert channels() == {
        "train": "s3://the-bucket/datasets/train/",
        "validation": "s3://the-bucket/datasets/validation/",
        "manifest": f"s3://the-bucket/splits/{JOB.dataset}/",
        "code": "s3://the-bucket/code/abc/",
    }


def test_weights_to_begin_with_are_a_channel_of_their_own():
    weights = {"pretrained": "s3://the-bucket/pretrained/imagenet/"}

    assert channels(pretrained_weights="imagenet") == channels() | weights


def test_the_script_is_process_1_and_has_no_network():
    request = training_job(JOB, settings())

    assert request["AlgorithmSpecification"]["ContainerEntrypoint"] == ["python3"]
    assert request["AlgorithmSpecification"]["ContainerArguments"] == [
        "/opt/ml/input/data/code/train.py"
    ]
    assert request["EnableNetworkIsolation"] is True


def test_a_job_in_a_vpc_stays_isolated():
    request = training_job(JOB, settings(**IN_VPC))

    assert request["VpcConfig"] == {
        "Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
    }
    assert request["EnableNetworkIsolation"] is True


def test_without_subnets_sagemaker_s_own_network_is_used():
    assert "VpcConfig" not in training_job(JOB, settings())


def test_the_user_s_tags_go_along_with_our_own():
    tags = {
        tag["Key"]: tag["Value"]
        for tag in training_job(JOB, settings(job_tags="CostCenter=42,Owner=quality"))["Tags"]
    }

    assert tags["CostCenter"] == "42"
    assert tags["Owner"] == "quality"
    assert len([key for key in tags if key.startswith("droptrain:")]) == OUR_TAGS


def test_a_job_has_no_more_tags_than_aws_allows():
    most = ",".join(f"key{n}=" for n in range(MAXIMUM_TAGS))

    assert len(training_job(JOB, settings(job_tags=most))["Tags"]) == 50


def test_on_demand_jobs_have_no_maximum_wait():
    request = training_job(JOB, settings())

    assert request["EnableManagedSpotTraining"] is False
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}


def test_spot_jobs_may_wait_and_have_checkpoints():
    request = training_job(JOB, settings(use_spot="true"))

    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] >= 7200
    assert request["CheckpointConfig"]["S3Uri"] == f"s3://the-bucket/checkpoints/{JOB.name}/"


def test_a_fault_of_sagemaker_s_own_is_retried_within_the_same_limits():
    """MaxRuntimeInSeconds counts all attempts together, so a retry costs no more."""
    request = training_job(JOB, settings(use_spot="true"))

    assert request["RetryStrategy"]["MaximumRetryAttempts"] in (1, 2)
    assert request["StoppingCondition"]["MaxRuntimeInSeconds"] == 7200


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
    images = replace(JOB, channel_bytes=40_500_000_000)  # 20,000 of 2 MB

    volumes = [
        training_job(job, settings())["ResourceConfig"]["VolumeSizeInGB"] for job in (JOB, images)
    ]

    assert volumes == [30, 70]
