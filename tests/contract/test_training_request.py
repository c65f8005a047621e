"""The launch's request against the shapes of the two SDKs that know CreateTrainingJob."""

from __future__ import annotations

import re
import warnings
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.unit.launch.test_request import IN_VPC
from tests.unit.launch.test_request import request as request_with


@pytest.fixture(
    params=[
        {},
        {"use_spot": "true"},
        {"instance_types": "ml.m5.xlarge,ml.c5.xlarge"},
        IN_VPC,
        {"job_tags": "CostCenter=42,Owner="},
        {"architecture": "mobilenet-v2", "pretrained_weights": "imagenet"},
    ],
    ids=["on demand", "spot", "several types", "in a VPC", "with tags", "with weights"],
)
def request_of_launch(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request_with(**request.param)


def test_botocore_knows_every_field_and_type(request_of_launch: dict[str, Any]):
    client = boto3.client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/x"
    with Stubber(client) as stub:
        stub.add_response("create_training_job", {"TrainingJobArn": arn}, request_of_launch)

        assert client.create_training_job(**request_of_launch)["TrainingJobArn"] == arn


def test_the_sagemaker_sdk_s_own_shapes_take_every_part(request_of_launch: dict[str, Any]):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sagemaker.core import shapes

    parts = {
        "AlgorithmSpecification": shapes.AlgorithmSpecification,
        "InputDataConfig": shapes.Channel,
        "OutputDataConfig": shapes.OutputDataConfig,
        "CheckpointConfig": shapes.CheckpointConfig,
        "ResourceConfig": shapes.ResourceConfig,
        "StoppingCondition": shapes.StoppingCondition,
        "RetryStrategy": shapes.RetryStrategy,
        "ProfilerConfig": shapes.ProfilerConfig,
        "Tags": shapes.Tag,
        "VpcConfig": shapes.VpcConfig,
    }
    optional = {"VpcConfig", "EnableManagedSpotTraining"}
    simple = {
        "TrainingJobName",
        "RoleArn",
        "HyperParameters",
        "Environment",
        "EnableNetworkIsolation",
        "EnableManagedSpotTraining",
    }
    assert set(request_of_launch) | optional == set(parts) | simple
    for name, shape in parts.items():
        value = request_of_launch.get(name, [])
        for item in value if isinstance(value, list) else [value]:
            # The SDK's models refuse fields that they do not know.
            shape.model_validate(in_snake_case(item))


def test_the_sdk_s_shapes_would_refuse_a_misspelt_field():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sagemaker.core import shapes

    with pytest.raises(ValueError, match="instance_kind"):
        shapes.ResourceConfig.model_validate({"instance_kind": "ml.m5.xlarge"})


def in_snake_case(value: Any) -> Any:
    if isinstance(value, list):
        return [in_snake_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {snake(name): in_snake_case(item) for name, item in value.items()}


def snake(name: str) -> str:
    # As the SDK spells them: VolumeSizeInGB is volume_size_in_gb, S3Uri is s3_uri.
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", name).lower()
