"""Locks: objects under `locks/` that a conditional write gives to one invocation at a time.

    free ──acquire()──▶ held ──end("done")──▶ done      nobody acquires it again
     ▲                   │
     └─end("free"), expiry                              the next invocation takes over

S3's conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from common.errors import BusyError, ConflictError
from common.s3 import JSON, UPDATE_ATTEMPTS, Bucket


@dataclass(frozen=True)
class Lock:
    """Held by this invocation until it expires; `token` and `etag` identify the holder."""

    bucket: Bucket
    key: str
    token: str
    etag: str

    def end(self, state: Literal["done", "free"]) -> None:
        """Mark the work as done for good, or let the next invocation do it without the wait."""
        # If it loses, the lock had expired and was taken over, and the other's record stays.
        _write(self.bucket, self.key, {"state": state, "token": self.token}, self.etag)


def acquire(bucket: Bucket, key: str, seconds: float) -> Lock | None:
    """Acquire the lock at `key` for `seconds`; None when another holds it or the work is done."""
    now = time.time()
    stored = bucket.get_with_etag(key)
    if stored and not _is_free(json.loads(stored.body), now):
        return None
    token = uuid4().hex
    record = {"state": "held", "expires_at": now + seconds, "token": token}
    etag = _write(bucket, key, record, stored.etag if stored else None)
    return Lock(bucket, key, token, etag) if etag else None


def once(bucket: Bucket, key: str, seconds: float, work: Callable[[], None]) -> bool:
    """Do `work` unless it was done before; return whether it was done now.

    Work that raises releases the lock, so that a retry needn't wait for its expiry.

    Raises:
        BusyError: another invocation is at work; a retry sees whether it succeeded.
    """
    lock = acquire(bucket, key, seconds)
    if lock is None:
        if is_done(bucket, key):
            return False
        raise BusyError(f"another invocation holds {key}")
    try:
        work()
    except Exception:
        lock.end("free")
        raise
    lock.end("done")
    return True


def is_done(bucket: Bucket, key: str) -> bool:
    """Whether the work behind the lock was done for good."""
    body = bucket.get(key)
    return body is not None and json.loads(body)["state"] == "done"


def _write(bucket: Bucket, key: str, record: dict[str, object], etag: str | None) -> str | None:
    """Replace the record that has `etag`, None for no record; return the new ETag, None if it lost.

    A conflict isn't always a loss. If the answer to a write got lost, the client repeats the write
    and finds its own record, which it knows by the token. S3 also answers 409 while another write
    to the key is in progress, and that one may fail.
    """
    body = json.dumps(record).encode()
    for _ in range(UPDATE_ATTEMPTS):
        try:
            return bucket.put(key, body, JSON, only_if_absent=etag is None, if_match=etag)
        except ConflictError:
            stored = bucket.get_with_etag(key)
            if stored and stored.body == body:
                return stored.etag
            if (stored.etag if stored else None) != etag:
                return None
    return None


def _is_free(record: dict[str, object], now: float) -> bool:
    if record["state"] == "held":
        return float(str(record["expires_at"])) <= now
    return record["state"] == "free"
