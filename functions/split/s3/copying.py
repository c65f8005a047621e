"""Copies very many objects inside S3, and reads the first bytes of some.

obstore's synchronous calls run in threads; its asynchronous copy was seen to abort the process at
exit.
"""

from __future__ import annotations

from collections.abc import Iterable

import obstore

from common.errors import OutOfTimeError
from common.observability import logger
from split.images import RawObject
from split.s3.pace import Pace
from split.s3.stores import odd_client, store
from split.s3.workers import SecondsLeft, Workers, unlimited


def read_first_bytes(bucket: str, objects: Iterable[RawObject], length: int) -> dict[str, bytes]:
    """Read the first `length` bytes of each object, by key.

    Objects that S3 will never hand out are missing from the result; copying them gives the reason.
    """
    # Not in the threads: each that comes before the first store is made would make one of its own.
    s3 = store(bucket)

    def read(source: RawObject) -> tuple[str, bytes] | None:
        if source.size == 0:
            return source.key, b""
        end = min(length, source.size)
        try:
            _refuse_odd(source.key)
            return source.key, bytes(obstore.get_range(s3, source.key, start=0, end=end))
        except ValueError:
            response = odd_client().get_object(
                Bucket=bucket, Key=source.key, Range=f"bytes=0-{end - 1}"
            )
            return source.key, response["Body"].read()

    workers: Workers[RawObject, tuple[str, bytes] | None] = Workers(read, lambda *_: None, Pace())
    return dict(pair for pair in workers.run(objects) if pair)


def copy_all(
    bucket: str,
    pairs: Iterable[tuple[str, str]],
    seconds_left: SecondsLeft = unlimited,
    pace: Pace | None = None,
) -> dict[str, str]:
    """Copy each (source key, target key) inside the bucket.

    Returns:
        The reasons why S3 will never copy some objects as they are, by source key.

    Raises:
        OutOfTimeError: too few seconds are left; copies that had begun have ended.
        Exception: S3 refused a copy for good, or too often.
    """
    pace = pace or Pace()
    s3 = store(bucket)  # one for all threads, as above

    def copy(pair: tuple[str, str]) -> tuple[str, str] | None:
        source, target = pair
        try:
            _refuse_odd(source)
            obstore.copy(s3, source, target)
        except ValueError:
            odd_client().copy_object(
                Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source}
            )
        return None

    workers: Workers[tuple[str, str], tuple[str, str] | None] = Workers(
        copy, lambda pair, reason: (pair[0], reason), pace, seconds_left
    )
    try:
        return dict(failure for failure in workers.run(pairs) if failure)
    except OutOfTimeError as error:
        raise OutOfTimeError(str(error), workers.done) from None
    finally:
        logger.info(
            "copied",
            done=workers.done,
            slow_downs=pace.slow_downs,
            fewest_at_once=pace.lowest_limit,
        )


def _refuse_odd(key: str) -> None:
    # obstore would strip the slash and mean another object.
    if key.endswith("/"):
        raise ValueError(key)
