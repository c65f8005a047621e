"""Clients that only connect to the local cloud, regardless of the environment.

The command line starts with a clean environment (environment.py). A program that creates a
`LocalCloud` keeps its own, which may name an account of AWS, so each option is given here.
"""

from __future__ import annotations

import os
import threading
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

from local_cloud.cloud.arns import REGION, last_part

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient

# moto takes any key; a fixed one keeps the user's own credentials out of reach.
ACCESS_KEY, SECRET_KEY = "local", "local"
OPTIONS = Config(
    retries={"max_attempts": 2},
    max_pool_connections=32,
    s3={"addressing_style": "path"},
    proxies={},  # moto runs in this process: no proxy may come between
)


def session() -> boto3.session.Session:
    """Return a session of the local account that ignores every variable and configuration file."""
    # As botocore has them: the setting's name in a file, the variable's, the value, a conversion.
    settings = {
        name: (None, None, value, conversion)
        for name, (_, _, value, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    for file in ("config_file", "credentials_file"):
        settings[file] = (None, None, os.devnull, None)
    core = botocore.session.Session(session_vars=settings)
    return boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION, botocore_session=core)


def fetch(url: str, method: str = "GET") -> bytes:
    """Return the body at an address of this machine, without a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, method=method)  # noqa: S310 (ours)
    with opener.open(request) as answer:
        body: bytes = answer.read()
    return body


class Clients:
    """One client per service, created on first use and shared: boto3 clients are thread-safe."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = session()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()  # creating a client is not thread-safe

    @overload
    def __call__(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def __call__(self, service: Literal["sqs"]) -> SQSClient: ...
    @overload
    def __call__(self, service: Literal["lambda"]) -> LambdaClient: ...
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
                    config=OPTIONS,
                )
            return self._clients[service]

    def send_message(
        self, queue_arn: str, body: str, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Send a message to a queue.

        Raises:
            botocore.exceptions.ClientError: there is no such queue.
        """
        sqs = self("sqs")
        sqs.send_message(
            QueueUrl=sqs.get_queue_url(QueueName=last_part(queue_arn))["QueueUrl"],
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in (attributes or {}).items()
            },
        )
