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

from common.errors import ConflictError
from common.storage import JSON, Bucket


@dataclass(frozen=True)
class Claim:
    """Held by this invocation until `expires_at` (seconds since the epoch)."""

    bucket: Bucket
    key: str
    etag: str
    expires_at: float

    def done(self) -> None:
        """Mark the work as done for good."""
        self._write({"state": "done"})

    def release(self) -> None:
        """Give the claim back, so that the next invocation need not wait for its expiry."""
        self._write({"state": "free"})

    def _write(self, record: dict[str, str]) -> None:
        try:
            self.bucket.put(self.key, json.dumps(record).encode(), JSON, if_match=self.etag)
        except ConflictError:
            # It expired and was taken over: the other invocation's record stands.
            return


def claim(bucket: Bucket, key: str, seconds: float) -> Claim | None:
    """Claim `key` for `seconds`; None when it is held by another or already done."""
    now = time.time()
    record = json.dumps({"state": "held", "expires_at": now + seconds}).encode()
    stored = bucket.get_with_etag(key)
    try:
        if stored is None:
            etag = bucket.put(key, record, JSON, only_if_absent=True)
        elif _is_free(json.loads(stored.body), now):
            etag = bucket.put(key, record, JSON, if_match=stored.etag)
        else:
            return None
    except ConflictError:
        return None
    return Claim(bucket, key, etag, now + seconds)


def once(bucket: Bucket, key: str, seconds: float, work: Callable[[], None]) -> bool:
    """Do `work` unless it is done, or being done by another; tell whether it was done here.

    Work that raises gives its claim back, so that the retry need not wait for the expiry.
    """
    held = claim(bucket, key, seconds)
    if held is None:
        return False
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


def _is_free(record: dict[str, object], now: float) -> bool:
    if record["state"] == "held":
        return float(str(record["expires_at"])) <= now
    return record["state"] == "free"
