"""A claim on a piece of work that must be done once: a conditional write is the lock.

    free ──claim()──▶ held ──done()────▶ done      nobody claims it again
     ▲                 │
     └──release() or expiry──┘                     the next invocation takes over

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
from common.storage import JSON, UPDATE_ATTEMPTS, Bucket

State = Literal["held", "done", "free"]


@dataclass(frozen=True)
class Claim:
    """Held by this invocation until `expires_at` (seconds since the epoch)."""

    bucket: Bucket
    key: str
    token: str
    etag: str
    expires_at: float

    def done(self) -> None:
        """Mark the work as done for good."""
        self._write("done")

    def release(self) -> None:
        """Give the claim back, so that the next invocation need not wait for its expiry."""
        self._write("free")

    def _write(self, state: State) -> None:
        # None: it expired and was taken over, and the other invocation's record stands.
        _write(self.bucket, self.key, {"state": state, "token": self.token}, self.etag)


def claim(bucket: Bucket, key: str, seconds: float) -> Claim | None:
    """Claim `key` for `seconds`; None when it is held by another or already done."""
    now = time.time()
    stored = bucket.get_with_etag(key)
    if stored and not _is_free(json.loads(stored.body), now):
        return None
    token, expires_at = uuid4().hex, now + seconds
    record = {"state": "held", "expires_at": expires_at, "token": token}
    etag = _write(bucket, key, record, stored.etag if stored else None)
    return Claim(bucket, key, token, etag, expires_at) if etag else None


def once(bucket: Bucket, key: str, seconds: float, work: Callable[[], None]) -> bool:
    """Do `work` unless it was done before; tell whether it was done here.

    Work that raises gives its claim back, so that the retry need not wait for the expiry.

    Raises:
        BusyError: another invocation is at it; a retry sees whether it succeeded.
    """
    held = claim(bucket, key, seconds)
    if held is None:
        if is_done(bucket, key):
            return False
        raise BusyError(f"another invocation holds {key}")
    try:
        work()
    except Exception:
        held.release()
        raise
    held.done()
    return True


def is_done(bucket: Bucket, key: str) -> bool:
    """Whether the work behind `key` was done for good."""
    body = bucket.get(key)
    return body is not None and json.loads(body)["state"] == "done"


def _write(bucket: Bucket, key: str, record: dict[str, object], etag: str | None) -> str | None:
    """Write a record over the one with `etag`, None for none; return its ETag, None if it lost.

    A conflict is not always a loss. When the answer to a write was lost, the client repeats it and
    meets its own record, which the token tells from anyone else's. S3 also answers 409 while
    another write to the key is under way, which may fail.
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
