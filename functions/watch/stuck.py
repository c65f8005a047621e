"""Which news in the status is of something that should have gone on long ago. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from common import clock
from common.status_document import StatusEntry

# Three attempts of the longest function, with the pauses between them, end within an hour.
PATIENCE = timedelta(hours=1)


def is_stuck(drop: StatusEntry, now: datetime) -> bool:
    """Whether split or launch should have reported on this drop by now.

    A drop that waits for the marker, a job, a limit or more images may do so for ever.
    """
    state = drop.get("state")
    if state == "waiting":
        return "until" in drop and clock.from_text(drop["until"]) + PATIENCE < now
    if state in ("splitting", "ready"):
        return clock.from_text(drop["updated_at"]) + PATIENCE < now
    return False
