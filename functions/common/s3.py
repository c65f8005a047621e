"""S3 gateway for single objects: reads, writes and conditional writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from common.errors import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

# S3 answers 404 to a missing key only if the role may list the bucket; each role may.
ABSENT = {"NoSuchKey", "404"}
# 412: the condition failed. 409: another conditional write to the key was in progress.
CONFLICT = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}

# Two or three functions may write one object at the same time, each within about 10 ms.
UPDATE_ATTEMPTS = 8

JSON = "application/json"
JSON_LINES = "application/jsonl"
HTML = "text/html; charset=utf-8"
PNG = "image/png"
TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"
OCTETS = "application/octet-stream"


class StoredObject(NamedTuple):
    """An object's bytes, and its ETag for a conditional write."""

    body: bytes
    etag: str


@cache
def s3_client() -> S3Client:
    """One client per process, which keeps its connections across warm invocations."""
    # Unlike the legacy mode, "standard" also retries after dropped connections and throttling.
    return boto3.client(
        "s3",
        config=Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=64),
    )


class Bucket:
    """The stack's bucket."""

    def __init__(self, name: str, client: S3Client | None = None) -> None:
        self.name = name
        self._client = client or s3_client()

    def get_with_etag(self, key: str, most_bytes: int | None = None) -> StoredObject | None:
        """Return the object, or its first bytes, and its ETag; None when there is no such key."""
        answer = self._get(key)
        return StoredObject(answer["Body"].read(most_bytes), answer["ETag"]) if answer else None

    def get(self, key: str) -> bytes | None:
        """Return the object's bytes, or None when there is no such key."""
        stored = self.get_with_etag(key)
        return stored.body if stored else None

    def modified_at(self, key: str) -> datetime | None:
        """Return when a small object was written, or None when there is no such key."""
        answer = self._get(key)
        return answer["LastModified"] if answer else None

    def open(self, key: str) -> BinaryIO | None:
        """Return the object as a stream to read once, or None when there is no such key."""
        answer = self._get(key)
        return cast(BinaryIO, answer["Body"]) if answer else None

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

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], content_type: str
    ) -> bytes | None:
        """Read, change and write an object so that no other writer's change is lost.

        `change` gets the object's bytes, None when there is no such key, and returns the new
        bytes, None to leave the object unchanged; it may be called several times.

        Returns:
            What was written, or None.

        Raises:
            ConflictError: other writers came first each time.
        """
        for attempt in range(1, UPDATE_ATTEMPTS + 1):
            stored = self.get_with_etag(key)
            body = change(stored.body if stored else None)
            if body is None:
                return None
            try:
                condition = stored.etag if stored else None
                self.put(key, body, content_type, only_if_absent=not stored, if_match=condition)
            except ConflictError:
                if attempt == UPDATE_ATTEMPTS:
                    raise
                continue
            return body
        return None

    def keys(self, prefix: str, after: str = "") -> list[str]:
        """List the keys under `prefix` that come after `after`, in their order.

        For short lists, as split has a gateway for long ones.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, StartAfter=after
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def _get(self, key: str) -> GetObjectOutputTypeDef | None:
        try:
            return self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _code(error) in ABSENT:
                return None
            raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
