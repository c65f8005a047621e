"""Decides once a day whether something about `raw/` was missed, because its event was lost.

A split that was never started leaves the record of the newest split behind `raw/`; a launch that
was given up leaves a dataset without a run. Parameters that were changed are no reason to start.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from common import keys
from common.documents import ScheduleEvent, SplitTrigger
from common.s3 import Bucket
from common.splits import NewestSplit, read_launched_run, read_newest_split
from common.status import StatusBoard
from split.images import CleanedDrop
from split.settings import SplitSettings

# S3's event of an upload and the object itself may have slightly different times.
TOLERANCE = timedelta(minutes=1)


def resolve(bucket: Bucket, trigger: SplitTrigger) -> SplitTrigger:
    """Turn a daily trigger into that of a marker whose own event was lost."""
    if trigger.kind != "daily":
        return trigger
    marker = bucket.modified_at(keys.READY_MARKER)
    newest = read_newest_split(bucket)
    answered = (newest.asked_at or newest.listed_at) if newest else datetime.min.replace(tzinfo=UTC)
    if marker is None or marker <= answered + TOLERANCE:
        return trigger
    return ScheduleEvent(
        kind="ready",
        triggered_at=marker,
        correlation_id=trigger.correlation_id,
        window=keys.READY_MARKER,
    )


def must_split(bucket: Bucket, settings: SplitSettings, cleaned: CleanedDrop) -> bool:
    """Whether `raw/` differs from what the newest split saw, or that split came to nothing.

    A status that still speaks of something to come is a reason, too.
    """
    newest = read_newest_split(bucket)
    if newest is None or newest.drop != cleaned.identity():
        # With a quiet period of 0 only the marker starts a split.
        return bool(settings.quiet_period_seconds and (cleaned.images or cleaned.left_out))
    return _is_unlaunched(bucket, newest) or not StatusBoard(bucket).is_settled()


def _is_unlaunched(bucket: Bucket, newest: NewestSplit) -> bool:
    if newest.dataset is None:
        return False
    launched = read_launched_run(bucket, newest.dataset)
    return launched is None or not launched.answers(newest.asked_at)
