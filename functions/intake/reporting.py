"""Reports in the status that a drop waits: for its schedule, or for `raw/_READY`.

With a quiet period of 0 only the marker starts a split, and a burst of uploads brings a message
each. So the status is read once in a while, and written only where it changes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from common import clock, keys
from common.changes import Change
from common.s3 import Bucket
from common.status import StatusBoard
from common.wording import moment
from intake.window import PlannedSchedule

READ_AGAIN_AFTER = timedelta(seconds=10)
WAITING_FOR_MARKER = (
    f"Waiting for {keys.READY_MARKER}: images are arriving, and with a quiet period of 0 nothing "
    "starts by itself. Drop the marker when all images are there."
)

read_at: list[datetime] = []


def report_schedule(bucket: Bucket, planned: PlannedSchedule, fires_at: datetime) -> None:
    """Report when the split starts."""
    sentence = (
        "The drop was declared complete by raw/_READY; the split starts within a minute or two."
        if planned.event.kind == "ready"
        else f"Images are arriving. The split starts at {moment(fires_at)} if the drop is quiet by "
        "then."
    )
    StatusBoard(bucket).report_drop(
        "waiting", sentence, as_of=planned.changed_at, until=clock.to_text(fires_at)
    )


def report_waiting_for_marker(bucket: Bucket, changes: Sequence[Change], now: datetime) -> None:
    """Report that the drop waits for the marker, unless the status says so."""
    dropped = [change.at for change in changes if change.key != keys.READY_MARKER]
    read_lately = bool(read_at) and now - read_at[-1] < READ_AGAIN_AFTER
    if not dropped or read_lately:
        return
    read_at[:] = [now]
    status = json.loads(bucket.get(keys.STATUS_JSON) or b"{}")
    if status.get("drop", {}).get("sentence") != WAITING_FOR_MARKER:
        StatusBoard(bucket).report_drop("waiting", WAITING_FOR_MARKER, as_of=max(dropped))
