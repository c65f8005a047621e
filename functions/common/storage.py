"""S3 gateway for single objects: read, write, and write on a condition."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from common.errors import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# 404 is the answer to a missing key only while the role may list the bucket; each role may.
ABSENT = {"NoSuchKey", "404"}
# 412: the condition failed. 409: another conditional write to the key was going on.
CONFLICT = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}

# As many as the split uses threads: more threads than connections would open one per request.
CONNECTIONS = 64

JSON = "application/json"
JSON_LINES = "application/jsonl"
HTML = "text/html; charset=utf-8"
PNG = "image/png"
CSV = "text/csv; charset=utf-8"
OCTETS = "application/octet-stream"


class Stored(NamedTuple):
    """An object's bytes and the ETag to write against."""

    body: bytes
    etag: str


@cache
def s3_client() -> S3Client:
    """One client per process: it keeps its connections across warm invocations."""
    # "standard" also retries what the legacy mode does not: dropped connections and throttling.
    return boto3.client(
        "s3",
        config=Config(
            retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=CONNECTIONS
        ),
    )


class Bucket:
    """The stack's bucket."""

    def __init__(self, name: str, client: S3Client | None = None) -> None:
        self.name = name
        self._client = client or s3_client()

    def get_with_etag(self, key: str) -> Stored | None:
        """Return the object and its ETag, or None when there is no such key."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _code(error) in ABSENT:
                return None
            raise
        return Stored(answer["Body"].read(), answer["ETag"])

    def get(self, key: str) -> bytes | None:
        """Return the object's bytes, or None when there is no such key."""
        stored = self.get_with_etag(key)
        return stored.body if stored else None

    def open(self, key: str) -> BinaryIO | None:
        """Return the object as a stream to read once, or None when there is no such key."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _code(error) in ABSENT:
                return None
            raise
        return cast(BinaryIO, answer["Body"])

    def put(
        self,
        key: str,
        body: bytes,
        content_type: str = OCTETS,
        *,
        only_if_absent: bool = False,
        if_match: str | None = None,
    ) -> str:
        """Write the object and return its ETag.

        Raises:
            ConflictError: the condition did not hold.
        """
        condition: dict[Literal["IfNoneMatch", "IfMatch"], str] = {}
        if only_if_absent:
            condition["IfNoneMatch"] = "*"
        if if_match is not None:
            condition["IfMatch"] = if_match
        try:
            answer = self._client.put_object(
                Bucket=self.name,
                Key=key,
                Body=body,
                ContentType=content_type,
                **condition,  # type: ignore[arg-type]  # a TypedDict of optional keys
            )
        except ClientError as error:
            # An If-Match write to a key that has gone meanwhile answers 404.
            if _code(error) in CONFLICT or (if_match is not None and _code(error) in ABSENT):
                raise ConflictError(f"{key} was written by another invocation") from error
            raise
        return answer["ETag"]

    def keys(self, prefix: str) -> list[str]:
        """List the keys under `prefix`; for short lists, the split has a gateway for long ones."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
