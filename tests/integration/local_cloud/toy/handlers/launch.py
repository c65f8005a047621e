"""Upload the training code from the layer and start a training job."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import boto3


def handle(event: Any, context: Any) -> Any:
    if "raw/go" not in (event["responsePayload"]["keys"] or []):
        return
    bucket = os.environ["BUCKET"]
    spec = importlib.util.find_spec("trainer")
    assert spec
    assert spec.submodule_search_locations
    folder = Path(next(iter(spec.submodule_search_locations)))
    boto3.client("s3").upload_file(str(folder / "train.py"), bucket, "code/train.py")
    boto3.client("sagemaker").create_training_job(
        TrainingJobName="toy-run-1",
        RoleArn=os.environ["ROLE_ARN"],
        HyperParameters={"epochs": "2"},
        AlgorithmSpecification={
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3"],
            "ContainerArguments": ["/opt/ml/input/data/code/train.py"],
        },
        InputDataConfig=[
            channel("train", f"s3://{bucket}/raw/"),
            channel("code", f"s3://{bucket}/code/"),
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/runs/"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        CheckpointConfig={"S3Uri": f"s3://{bucket}/runs/toy-run-1/checkpoints/"},
        Environment={"GREETING": event["responsePayload"]["greeting"]},
        Tags=[{"Key": "stack", "Value": "toy"}],
    )


def channel(name: str, uri: str) -> Any:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
