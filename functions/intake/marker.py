"""Says in the status that a drop waits for `raw/_READY`, as it does with a quiet period of 0.

A burst of uploads brings a message each, so the status is looked at once in a while, and written
only where it says something else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from common import keys
from common.s3 import Bucket
from common.status import StatusBoard
from intake.changes import Change

LOOK_AGAIN_AFTER = timedelta(seconds=10)
SENTENCE = (
    f"Waiting for {keys.READY_MARKER}: images are arriving, and with a quiet period of 0 nothing "
    "starts by itself. Drop the marker when all are there."
)

_looked: list[datetime] = []


def forget() -> None:
    """Forget when the status was looked at, as a cold start does."""
    _looked.clear()


def say_waiting(bucket: Bucket, changes: Sequence[Change], now: datetime) -> None:
    """Say what the drop waits for, unless the status says it."""
    dropped = [change.at for change in changes if change.key != keys.READY_MARKER]
    looked_lately = bool(_looked) and now - _looked[-1] < LOOK_AGAIN_AFTER
    if not dropped or looked_lately:
        return
    _looked[:] = [now]
    board = json.loads(bucket.get(keys.STATUS_JSON) or b"{}")
    drop = board.get("drop", {})
    if drop.get("sentence") != SENTENCE:
        StatusBoard(bucket).report_drop("waiting", SENTENCE, as_of=max(dropped))
