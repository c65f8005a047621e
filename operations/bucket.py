"""Counts, empties and deletes a versioned bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    except s3.exceptions.NoSuchBucket:
        return None
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
    items = [item for item in versions_below(s3, bucket, key) if item["Key"] == key]
    return _delete(s3, bucket, items)


def remove(s3: S3Client, bucket: str, deleted: Callable[[int], None] = lambda _: None) -> None:
    """Delete a bucket with every version in it; `deleted` gets the number of each page.

    Raises:
        OperationError: S3 kept some, with its reason.
    """
    for page in _pages(s3, bucket):
        deleted(_delete(s3, bucket, [*page.get("Versions", []), *page.get("DeleteMarkers", [])]))
    s3.delete_bucket(Bucket=bucket)


def _delete(s3: S3Client, bucket: str, items: Sequence[Mapping[str, Any]]) -> int:
    objects: list[ObjectIdentifierTypeDef] = [
        {"Key": item["Key"], "VersionId": item["VersionId"]} for item in items
    ]
    for start in range(0, len(items), DELETED_AT_ONCE):
        batch = objects[start : start + DELETED_AT_ONCE]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        if errors := answer.get("Errors"):
            raise OperationError(
                f"S3 did not delete {len(errors)} objects of {bucket}, for example "
                f"{errors[0].get('Key')}: {errors[0].get('Message')}"
            )
    return len(items)


def _pages(
    s3: S3Client, bucket: str, prefix: str = ""
) -> Iterator[ListObjectVersionsOutputTypeDef]:
    yield from s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
