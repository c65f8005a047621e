"""Clients that speak to the local cloud and to nothing else, whatever the environment says.

The command line starts with a clean environment (environment.py). A program that makes a
`LocalCloud` of its own keeps its own, with its own account in it: so each option is given here.
"""

from __future__ import annotations

import os
import threading
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from obstore.store import S3Store

from local_cloud.cloud.arns import REGION

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
    from obstore.store import S3Credential

# moto takes any key; a fixed one keeps the user's own credentials out of reach.
ACCESS_KEY, SECRET_KEY = "local", "local"


def session() -> boto3.session.Session:
    """Return a session of the one account, to which no variable and no file says anything."""
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
    """Return what an address of this machine answers; no proxy comes between."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, method=method)  # noqa: S310 (ours)
    with opener.open(request) as answer:
        body: bytes = answer.read()
    return body


class Clients:
    """One client per service, made on first use and shared: boto3 clients are thread-safe."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = session()
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

    def store(self, bucket: str) -> S3Store:
        """Return an obstore client of a bucket.

        Where an option is missing obstore takes the variable of its name.
        """
        return S3Store(
            bucket,
            endpoint=self.endpoint,
            region=REGION,
            credential_provider=_credentials,  # keys alone would leave AWS_SESSION_TOKEN in force
            config={
                "aws_endpoint_url_s3": self.endpoint,
                "virtual_hosted_style_request": False,
                "skip_signature": False,
                "s3_express": False,
            },
            # A proxy is named so that none of the environment counts, and then not used.
            client_options={
                "allow_http": True,
                "proxy_url": self.endpoint,
                "proxy_excludes": "localhost",
            },
            # An answer of 500 is a fault that no second try mends.
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )


def _credentials() -> S3Credential:
    return {
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET_KEY,
        "token": None,
        "expires_at": None,
    }
