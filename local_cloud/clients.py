"""boto3 clients that speak to the local cloud and to nothing else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config

from local_cloud.account import REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

# moto takes any key; a fixed one keeps the user's own credentials out of reach.
ACCESS_KEY, SECRET_KEY = "local", "local"


class Clients:
    """One client per service, made on first use and shared: boto3 clients are thread-safe."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()  # making a client is not thread-safe

    @overload
    def __call__(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def __call__(self, service: Literal["sqs"]) -> SQSClient: ...
    @overload
    def __call__(self, service: Literal["sns"]) -> SNSClient: ...
    @overload
    def __call__(self, service: Literal["sts"]) -> STSClient: ...
    @overload
    def __call__(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def __call__(self, service: Literal["events"]) -> EventBridgeClient: ...
    @overload
    def __call__(self, service: Literal["scheduler"]) -> EventBridgeSchedulerClient: ...
    @overload
    def __call__(self, service: Literal["sagemaker"]) -> SageMakerClient: ...
    @overload
    def __call__(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def __call__(self, service: str) -> Any: ...

    def __call__(self, service: str) -> Any:
        """Return the client of a service, named as in `boto3.client`."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.endpoint,
                    config=Config(
                        retries={"max_attempts": 2},
                        max_pool_connections=32,
                        s3={"addressing_style": "path"},
                        # moto runs in this process: a proxy of the desk must not come between
                        proxies={},
                    ),
                )
            return self._clients[service]
