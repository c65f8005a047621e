"""Counts, empties and deletes a versioned bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class BucketContents:
    """How much is in a bucket; `size` is in bytes, of all versions, as on the bill."""

    objects: int
    versions: int
    size: int


def read_contents(s3: S3Client, bucket: str) -> BucketContents | None:
    """Count a bucket's objects, old versions and delete markers; None if there is no bucket."""
    objects = versions = size = 0
    try:
        for page in _pages(s3, bucket):
            listed = page.get("Versions", [])
            objects += sum(version["IsLatest"] for version in listed)
            size += sum(version["Size"] for version in listed)
            versions += len(listed) + len(page.get("DeleteMarkers", []))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"NoSuchBucket", "404"}:
            return None
        raise
    return BucketContents(objects, versions, size)


def versions_below(s3: S3Client, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Yield each version and delete marker below a prefix; a marker has no size."""
    for page in _pages(s3, bucket, prefix):
        for item in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield dict(item)


def delete_versions(s3: S3Client, bucket: str, key: str) -> int:
    """Delete every version and delete marker of one key; return how many.

    Raises:
        OperationError: S3 kept some, with its reason.
    """
    versions: list[ObjectIdentifierTypeDef] = [
        {"Key": key, "VersionId": item["VersionId"]}
        for item in versions_below(s3, bucket, key)
        if item["Key"] == key
    ]
    for start in range(0, len(versions), DELETED_AT_ONCE):
        _delete(s3, bucket, versions[start : start + DELETED_AT_ONCE])
    return len(versions)


def empty(s3: S3Client, bucket: str, deleted: Callable[[int], None] = lambda _: None) -> int:
    """Delete every version and delete marker; return how many. `deleted` gets each batch's size.

    Raises:
        OperationError: S3 kept some, with its reason.
    """
    total = 0
    for batch in _batches(s3, bucket):
        _delete(s3, bucket, batch)
        total += len(batch)
        deleted(len(batch))
    return total


def remove(s3: S3Client, bucket: str, deleted: Callable[[int], None] = lambda _: None) -> int:
    """Empty a bucket and delete it; return how many versions and markers that was.

    Raises:
        OperationError: S3 kept some, with its reason.
    """
    total = empty(s3, bucket, deleted)
    s3.delete_bucket(Bucket=bucket)
    return total


def _delete(s3: S3Client, bucket: str, batch: list[ObjectIdentifierTypeDef]) -> None:
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    if errors := answer.get("Errors"):
        first = errors[0]
        raise OperationError(
            f"S3 did not delete {len(errors)} objects of {bucket}, for example "
            f"{first.get('Key')}: {first.get('Message')}"
        )


def _pages(
    s3: S3Client, bucket: str, prefix: str = ""
) -> Iterator[ListObjectVersionsOutputTypeDef]:
    yield from s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)


def _batches(s3: S3Client, bucket: str) -> Iterator[list[ObjectIdentifierTypeDef]]:
    for page in _pages(s3, bucket):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        batch: list[ObjectIdentifierTypeDef] = [
            {"Key": item["Key"], "VersionId": item["VersionId"]} for item in listed
        ]
        for start in range(0, len(batch), DELETED_AT_ONCE):
            yield batch[start : start + DELETED_AT_ONCE]
