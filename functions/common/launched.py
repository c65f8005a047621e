"""`splits/<dataset>/launched.json`: the run of a dataset; `splits/launched.json`: the newest."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from common import keys
from common.storage import JSON, Bucket


class Launched(BaseModel):
    """A run that was started; `asked_at` is the raw/_READY that it answers, if it answers one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str
    dataset: str = ""
    asked_at: datetime | None = None

    def answers(self, asked_at: datetime | None) -> bool:
        """Whether there has been no raw/_READY since."""
        return asked_at is None or (self.asked_at is not None and asked_at <= self.asked_at)


def read_launched(bucket: Bucket, dataset: str) -> Launched | None:
    """Return the run of a dataset, None if there is none."""
    body = bucket.get(keys.launched(dataset))
    return Launched.model_validate_json(body) if body else None


def read_newest_launched(bucket: Bucket) -> Launched | None:
    """Return the newest run, None before the first."""
    body = bucket.get(keys.NEWEST_LAUNCHED)
    return Launched.model_validate_json(body) if body else None


def remember_launched(bucket: Bucket, launched: Launched) -> None:
    """Write a run down as that of its dataset and as the newest."""
    body = launched.model_dump_json(indent=1).encode()
    bucket.put(keys.launched(launched.dataset), body, JSON)
    bucket.put(keys.NEWEST_LAUNCHED, body, JSON)
