"""The clients of one account and region, by boto3's usual chain of credentials."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from operations.errors import NO_REGION, OperationError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class AccountClients:
    """Made when first used; `AWS_ENDPOINT_URL` is honoured by boto3 itself."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.region: str = session.region_name

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """Stacks."""
        return self._session.client("cloudformation")

    @cached_property
    def s3(self) -> S3Client:
        """Objects."""
        return self._session.client("s3")

    @cached_property
    def sqs(self) -> SQSClient:
        """Queues."""
        return self._session.client("sqs")

    @cached_property
    def sns(self) -> SNSClient:
        """Topics."""
        return self._session.client("sns")

    @cached_property
    def sagemaker(self) -> SageMakerClient:
        """Training jobs."""
        return self._session.client("sagemaker")

    @cached_property
    def logs(self) -> Any:
        """Log groups."""
        return self._session.client("logs")

    @cached_property
    def cloudwatch(self) -> Any:
        """Metrics."""
        return self._session.client("cloudwatch")

    @cached_property
    def quotas(self) -> Any:
        """Service quotas: in many pages, which AWS throttles."""
        return self._session.client(
            "service-quotas", config=Config(retries={"mode": "standard", "max_attempts": 5})
        )

    def account(self) -> str:
        """Return the number of the account, which also proves the credentials."""
        return self._session.client("sts").get_caller_identity()["Account"]


def connect(region: str | None) -> AccountClients:
    """Return the clients of a region, else of the environment's or the profile's.

    The choice is put into the environment, for the SAM CLI and the SageMaker SDK to make the same.

    Raises:
        OperationError: no region is set anywhere.
    """
    # boto3 itself reads AWS_DEFAULT_REGION only.
    session = boto3.Session(region_name=region or os.environ.get("AWS_REGION") or None)
    if not session.region_name:
        raise OperationError(NO_REGION)
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = session.region_name
    return AccountClients(session)


def endpoint() -> str | None:
    """Where the clients speak to when it is not AWS, such as the local cloud."""
    return os.environ.get("AWS_ENDPOINT_URL") or None
