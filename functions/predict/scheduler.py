"""Creates the schedule of the pages once: a busy minute must not ask Scheduler once per batch."""

from __future__ import annotations

from collections import deque
from datetime import date

from common import clock
from common.scheduler import create_schedule
from predict import window
from predict.settings import PredictSettings

seen: deque[str] = deque(maxlen=2)


def schedule_pages(day: date, function_arn: str, settings: PredictSettings) -> None:
    """Make sure that the pages of a day are written at the end of this minute."""
    event, fires_at = window.plan(day, clock.now())
    name = event.correlation_id
    if name not in seen:
        create_schedule(name, event, fires_at, function_arn, settings)
        seen.append(name)  # only now: a name that is remembered has its schedule
