"""`splits/newest.json`: what the newest split decided. The launch acts on that alone.

Splits may overlap, and their answers may come late, twice or in another order. What was listed
last is what raw/ holds, so an older split neither overwrites it nor has anything trained.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from common import keys
from common.storage import JSON, Bucket


class Newest(BaseModel):
    """`dataset` is None when the drop was refused; `asked_at` is the newest raw/_READY's time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dataset: str | None = None
    listed_at: datetime
    asked_at: datetime | None = None


def read_newest(bucket: Bucket) -> Newest | None:
    """Return the newest decision, None before the first."""
    body = bucket.get(keys.NEWEST)
    return Newest.model_validate_json(body) if body else None


def remember_newest(bucket: Bucket, decision: Newest) -> Newest | None:
    """Write a decision down unless raw/ was listed again since; the marker's time stays.

    Returns:
        What was written; None when a split that listed later has decided already.

    Raises:
        ConflictError: others wrote each time between the reading and the writing; a retry helps.
    """

    def change(body: bytes | None) -> bytes | None:
        stored = Newest.model_validate_json(body) if body else None
        if stored and stored.listed_at > decision.listed_at:
            return None
        asked = [one.asked_at for one in (stored, decision) if one and one.asked_at]
        newest = decision.model_copy(update={"asked_at": max(asked, default=None)})
        return newest.model_dump_json(indent=1).encode()

    written = bucket.update(keys.NEWEST, change, JSON)
    return Newest.model_validate_json(written) if written else None
