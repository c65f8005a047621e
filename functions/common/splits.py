"""Two small documents that split and launch share: the newest split and the run of a dataset.

`splits/newest.json` holds what the newest split decided; launch acts on that alone. Splits may
overlap, and their answers may come late, twice or out of order. The latest listing shows what raw/
holds now, so an older split neither overwrites this document nor starts a job.

`splits/<dataset>/launched.json` names the run of a dataset, `splits/launched.json` the newest run.
"""

from __future__ import annotations

from datetime import datetime

from common import keys
from common.documents import JsonDocument
from common.s3 import JSON, Bucket


class NewestSplit(JsonDocument):
    """`dataset` is None when the drop was refused; `asked_at` is the time of the newest marker.

    `drop` hashes every key and content that was listed.
    """

    dataset: str | None = None
    drop: str | None = None
    listed_at: datetime
    asked_at: datetime | None = None


class LaunchedRun(JsonDocument):
    """A run that was started; `asked_at` is the time of the raw/_READY it answers, if any."""

    run: str
    dataset: str = ""
    asked_at: datetime | None = None

    def answers(self, asked_at: datetime | None) -> bool:
        """Whether the user has dropped no raw/_READY since."""
        return asked_at is None or (self.asked_at is not None and asked_at <= self.asked_at)


def read_newest_split(bucket: Bucket) -> NewestSplit | None:
    """Return the newest decision, None before the first."""
    body = bucket.get(keys.NEWEST)
    return NewestSplit.model_validate_json(body) if body else None


def write_newest_split(bucket: Bucket, decision: NewestSplit) -> NewestSplit | None:
    """Write a decision unless raw/ was listed again since; keep the newest marker's time.

    Returns:
        What was written; None when a split that listed later has already decided.

    Raises:
        ConflictError: other writers came first each time; a retry helps.
    """

    def change(body: bytes | None) -> bytes | None:
        stored = NewestSplit.model_validate_json(body) if body else None
        if stored and stored.listed_at > decision.listed_at:
            return None
        times = [split.asked_at for split in (stored, decision) if split and split.asked_at]
        newest = decision.model_copy(update={"asked_at": max(times, default=None)})
        return newest.to_json()

    written = bucket.update(keys.NEWEST, change, JSON)
    return NewestSplit.model_validate_json(written) if written else None


def read_launched_run(bucket: Bucket, dataset: str | None = None) -> LaunchedRun | None:
    """Return the run of a dataset, or else the newest of all; None if there is none."""
    body = bucket.get(keys.launched(dataset) if dataset else keys.NEWEST_LAUNCHED)
    return LaunchedRun.model_validate_json(body) if body else None


def write_launched_run(bucket: Bucket, run: LaunchedRun) -> None:
    """Write a run as that of its dataset and as the newest."""
    body = run.to_json()
    bucket.put(keys.launched(run.dataset), body, JSON)
    bucket.put(keys.NEWEST_LAUNCHED, body, JSON)
