"""Let Scheduler refuse a one-time schedule whose time has passed: moto takes it.

AWS documents neither, and users report both; what holds here holds there either way.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend

AT = re.compile(r"at\((?P<moment>.+)\)")


def install() -> None:
    """Look at the time before moto does."""
    create = EventBridgeSchedulerBackend.create_schedule

    def create_schedule(self: Any, **request: Any) -> Any:
        expression = request["schedule_expression"]
        at = AT.fullmatch(expression)
        zone = ZoneInfo(request["schedule_expression_timezone"] or "UTC")
        if at and dt.datetime.fromisoformat(at["moment"]).replace(tzinfo=zone) < _now():
            raise ValidationException(
                f"Invalid Schedule Expression {expression}: it is in the past"
            )
        return create(self, **request)

    EventBridgeSchedulerBackend.create_schedule = create_schedule


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
