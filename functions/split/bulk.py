"""S3 gateway for many objects: list, read first bytes and copy inside S3, through obstore.

obstore does these several times faster than boto3 for a fraction of the CPU (docs/benchmarks.md).
Its synchronous calls run in threads; its asynchronous copy was seen to abort the process at exit.
Its own retries are off where we copy and read: they would hide from the pace that S3 asks for less.
What it cannot express (`a//b`, control characters, a slash at the end) goes through boto3.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
import obstore
from botocore.config import Config
from obstore.exceptions import InvalidPathError
from obstore.store import S3Store

from common.errors import OutOfTimeError
from common.observability import logger
from common.s3 import s3_client
from split.objects import RawObject
from split.pace import Pace
from split.workers import REQUEST_SECONDS, SecondsLeft, Workers, unlimited

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from obstore import ObjectMeta

LIST_CHUNK = 1000
# A listing's pages come one after the other, so classes are listed beside each other. More folders
# than this are listed as one: each would cost a request of its own.
LISTED_BESIDE = 32
# So few keys are asked for again, one by one; more, and boto3 lists their whole folder.
UNCLEAR_KEYS = 50
ODD_CONNECTIONS = 16

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class CopyFailure:
    """An object that S3 will never copy as it is now, and why, in words for the manifest."""

    key: str
    reason: str


@cache
def store(bucket: str, retries: int = 0) -> S3Store:
    """One store per process; credentials and region come from the environment.

    The endpoint is boto3's: obstore alone would ask amazonaws.com in every partition.
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
    """Return the boto3 client of the keys that obstore cannot express; from any thread."""
    with _LOCK:
        return _odd_client()


def list_objects(bucket: str, prefix: str) -> list[RawObject]:
    """List every object under `prefix`, a folder's name with its slash; in no order."""
    try:
        top = obstore.list_with_delimiter(store(bucket, retries=10), prefix)
    except InvalidPathError:
        return list(_list_with_boto(bucket, prefix))
    folders = [f"{path}/" for path in top["common_prefixes"]]
    if len(folders) not in range(2, LISTED_BESIDE + 1):
        return _list(bucket, prefix)
    found = _clear_up(bucket, prefix, [_raw(item) for item in top["objects"]], delimiter="/")
    with ThreadPoolExecutor(len(folders)) as pool:
        for listed in pool.map(lambda folder: _list(bucket, folder), folders):
            found += listed
    return found


def read_first_bytes(bucket: str, objects: Iterable[RawObject], length: int) -> dict[str, bytes]:
    """Read the first `length` bytes of each object, by key.

    What S3 will never hand out is not in the answer; copying it says why.
    """
    # Not in the threads: each that comes before the first store is made would make one of its own.
    s3 = store(bucket)

    def read(item: RawObject) -> tuple[str, bytes] | None:
        if item.size == 0:
            return item.key, b""
        end = min(length, item.size)
        try:
            _refuse_odd(item.key)
            return item.key, bytes(obstore.get_range(s3, item.key, start=0, end=end))
        except ValueError:
            answer = odd_client().get_object(
                Bucket=bucket, Key=item.key, Range=f"bytes=0-{end - 1}"
            )
            return item.key, answer["Body"].read()

    workers: Workers[RawObject, tuple[str, bytes] | None] = Workers(read, lambda *_: None, Pace())
    return dict(pair for pair in workers.run(objects) if pair)


def copy_all(
    bucket: str,
    pairs: Iterable[tuple[str, str]],
    seconds_left: SecondsLeft = unlimited,
    pace: Pace | None = None,
) -> list[CopyFailure]:
    """Copy each (source key, target key) inside the bucket; return what S3 will never copy.

    Raises:
        OutOfTimeError: too few seconds are left; copies that were begun have ended.
        Exception: S3 turned a copy down in a way that no retry mends, or too often.
    """
    pace = pace or Pace()
    s3 = store(bucket)  # one for all threads, as above

    def copy(pair: tuple[str, str]) -> CopyFailure | None:
        source, target = pair
        try:
            _refuse_odd(source)
            obstore.copy(s3, source, target)
        except ValueError:
            odd_client().copy_object(
                Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source}
            )
        return None

    workers: Workers[tuple[str, str], CopyFailure | None] = Workers(
        copy, lambda pair, reason: CopyFailure(pair[0], reason), pace, seconds_left
    )
    try:
        failures = [failure for failure in workers.run(pairs) if failure]
    except OutOfTimeError as error:
        raise OutOfTimeError(str(error), workers.done) from None
    finally:
        logger.info(
            "copied",
            done=workers.done,
            slow_downs=pace.slow_downs,
            fewest_at_once=pace.lowest_limit,
        )
    return sorted(failures, key=lambda failure: failure.key)


def _refuse_odd(key: str) -> None:
    # obstore strips the slash, and would speak of another object.
    if key.endswith("/"):
        raise ValueError(key)


def _list(bucket: str, prefix: str) -> list[RawObject]:
    listing = obstore.list(store(bucket, retries=10), prefix, chunk_size=LIST_CHUNK)
    try:
        found = [_raw(item) for chunk in listing for item in chunk]
    except InvalidPathError:
        # One key that obstore cannot express ends its whole listing.
        return list(_list_with_boto(bucket, prefix))
    return _clear_up(bucket, prefix, found)


def _clear_up(
    bucket: str, prefix: str, found: list[RawObject], delimiter: str = ""
) -> list[RawObject]:
    """Ask for the true keys of what may be a folder marker: obstore lists `a/` as `a`."""
    times = Counter(item.key for item in found)
    unclear = {item.key for item in found if item.size == 0 or times[item.key] > 1}
    if len(unclear) > UNCLEAR_KEYS:
        return list(_list_with_boto(bucket, prefix, delimiter))
    clear = [item for item in found if item.key not in unclear]
    for key in sorted(name for item in unclear for name in (item, f"{item}/")):
        # Of the keys that begin with a key, it comes first itself.
        first = next(_list_with_boto(bucket, key, page=1), None)
        if first and first.key == key and key.startswith(prefix):
            clear.append(first)
    return clear


def _raw(item: ObjectMeta) -> RawObject:
    etag = (item["e_tag"] or "").strip('"')
    return RawObject(item["path"], item["size"], etag, item["last_modified"].timestamp())


def _list_with_boto(
    bucket: str, prefix: str, delimiter: str = "", page: int = LIST_CHUNK
) -> Iterator[RawObject]:
    with _LOCK:
        paginator = s3_client().get_paginator("list_objects_v2")
    pages = paginator.paginate(
        Bucket=bucket, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": page}
    )
    for answer in pages:
        for item in answer.get("Contents", []):
            etag = item["ETag"].strip('"')
            yield RawObject(item["Key"], item["Size"], etag, item["LastModified"].timestamp())
