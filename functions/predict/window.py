"""Plans when the pages are written: when a minute with new answers is over. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from common.documents import JsonDocument

WINDOW_SECONDS = 60


class PagesEvent(JsonDocument):
    """The event that makes predict write its pages: from a schedule.

    pages   after new answers, of the day `day`
    daily   once a day, of the day before: in case a schedule was lost, and to measure its drift
    """

    source: Literal["droptrain.predictions"] = "droptrain.predictions"
    kind: Literal["pages", "daily"]
    day: dt.date | None = None
    correlation_id: str = ""


def plan(day: dt.date, now: dt.datetime) -> tuple[PagesEvent, dt.datetime]:
    """Return the event for the pages of a day, and when it is sent: when the minute is over."""
    end = (int(now.timestamp()) // WINDOW_SECONDS + 1) * WINDOW_SECONDS
    event = PagesEvent(kind="pages", day=day, correlation_id=f"predict-pages-{day}-{end}")
    return event, dt.datetime.fromtimestamp(end, dt.UTC)
