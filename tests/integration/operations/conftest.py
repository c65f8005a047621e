"""A deployed stack, as small as the commands need it, on a moto server."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from moto.backends import get_backend
from rich.console import Console

from local_cloud.cloud.moto_patches import quotas
from operations import settings
from operations.clients import AccountClients, connect
from operations.stack import DeployedStack, find_stack
from operations.terminal import Terminal
from tests.support.aws import ACCOUNT, REGION
from tests.support.aws import Stack as Aws

NAME = "demo"
TEMPLATE = json.dumps(
    {
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "DeletionPolicy": "Retain",
            },
            "FailureQueue": {"Type": "AWS::SQS::Queue"},
            "DropDeadLetterQueue": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic"},
        },
        "Outputs": {"BucketName": {"Value": {"Ref": "Bucket"}}},
    }
)


@dataclass
class Demo:
    """A stack, the clients to reach it, and a terminal whose text can be read."""

    clients: AccountClients
    stack: DeployedStack
    out: io.StringIO

    def terminal(self, *, assume_yes: bool = False) -> Terminal:
        return Terminal(Console(file=self.out, width=200), assume_yes=assume_yes)

    @property
    def bucket(self) -> str:
        assert self.stack.bucket is not None
        return self.stack.bucket

    @property
    def text(self) -> str:
        return self.out.getvalue()

    def put(self, key: str, body: bytes = b"1234") -> None:
        self.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def start_job(self, name: str) -> None:
        self.clients.sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/training",
            OutputDataConfig={"S3OutputPath": f"s3://{self.bucket}/runs/"},
            ResourceConfig={
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )
        set_job_status(name, "InProgress")


def set_job_status(name: str, status: str, reason: str | None = None) -> None:
    """Set what the server says of a job: moto calls each job completed at once."""
    job = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs[name]
    job.training_job_status = status
    job.failure_reason = reason


@pytest.fixture
def demo(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Demo:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    quotas.install()  # moto's Service Quotas lists nothing
    boto3.client("cloudformation").create_stack(StackName=NAME, TemplateBody=TEMPLATE)
    clients = connect(None)
    made = Demo(clients, find_stack(clients, NAME), io.StringIO())
    # moto drops the template's versioning; the local cloud patches it.
    clients.s3.put_bucket_versioning(
        Bucket=made.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    return made


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Type these answers, one for each question."""

    def typed(*lines: str) -> None:
        waiting = iter(lines)
        monkeypatch.setattr(Console, "input", lambda *_, **__: next(waiting))

    return typed
