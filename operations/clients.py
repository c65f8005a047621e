"""The clients of one account and region, by boto3's usual chain of credentials."""

from __future__ import annotations

import os
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
    from mypy_boto3_sts import STSClient

# Service quotas fill many pages, which AWS throttles.
CONFIG = Config(retries={"mode": "standard", "max_attempts": 5})


# Where an attribute can't have the service's own name.
SERVICES = {"functions": "lambda", "quotas": "service-quotas"}


class AccountClients:
    """Made when first used; `AWS_ENDPOINT_URL` is honoured by boto3 itself."""

    cloudformation: CloudFormationClient
    cloudwatch: Any
    functions: Any
    logs: Any
    quotas: Any
    s3: S3Client
    sagemaker: SageMakerClient
    sns: SNSClient
    sqs: SQSClient
    sts: STSClient

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.region: str = session.region_name

    def __getattr__(self, name: str) -> Any:
        if name not in AccountClients.__annotations__:
            raise AttributeError(name)
        service: Any = SERVICES.get(name, name)
        client = self._session.client(service, config=CONFIG)
        setattr(self, name, client)
        return client

    def account(self) -> str:
        """Return the number of the account, which also proves the credentials."""
        return self.sts.get_caller_identity()["Account"]


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
