"""S3 clients for many objects: obstore, and boto3 for the keys that obstore can't express.

obstore lists, reads and copies several times faster than boto3 for a fraction of the CPU
(docs/benchmarks.md). It can't express `a//b`, control characters, or a slash at the end of a key.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from obstore.store import S3Store

from common.s3 import s3_client
from split.s3.workers import REQUEST_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.paginator import ListObjectsV2Paginator

ODD_CONNECTIONS = 16

_LOCK = threading.Lock()


@cache
def store(bucket: str, retries: int = 0) -> S3Store:
    """Return the process's store; credentials and region come from the environment.

    Its own retries are off for reads and copies: they would hide from the pace that S3 asks for
    less. The endpoint is boto3's: obstore alone would ask amazonaws.com in every partition.
    """
    with _LOCK:
        endpoint = s3_client().meta.endpoint_url
    return S3Store(
        bucket,
        # Not `client_options`: they replace what the environment says.
        config={  # type: ignore[arg-type]  # the timeout is not in the stubs
            "endpoint": endpoint,
            "timeout": f"{REQUEST_SECONDS} seconds",
        },
        retry_config={"max_retries": retries, "retry_timeout": timedelta(minutes=3)},
    )


@cache
def _odd_client() -> S3Client:
    return boto3.client(
        "s3",
        config=Config(
            # One attempt: the workers retry, as they do for obstore.
            retries={"mode": "standard", "total_max_attempts": 1},
            read_timeout=REQUEST_SECONDS,
            max_pool_connections=ODD_CONNECTIONS,
        ),
    )


def odd_client() -> S3Client:
    """Return the boto3 client for reading and copying odd keys; safe to call from any thread."""
    with _LOCK:
        return _odd_client()


def boto_listing() -> ListObjectsV2Paginator:
    """Return boto3's paginator of listings; safe to call from any thread."""
    with _LOCK:
        return s3_client().get_paginator("list_objects_v2")
