"""Lets EventBridge deliver by the runtime, and Scheduler refuse a time in the past."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from moto.events.models import Rule
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend

from local_cloud.cloud.arns import ACCOUNT
from local_cloud.cloud.event_log import now
from local_cloud.cloud.moto_patches.hooks import runtime
from local_cloud.cloud.schedules import due


def install() -> None:
    """Replace moto's delivery, which has no Lambda targets and no states of rules."""
    Rule.send_to_targets = _send_to_targets

    create = EventBridgeSchedulerBackend.create_schedule

    def create_schedule(self: Any, **request: Any) -> Any:
        """AWS does not document this, and users report both: code must work either way."""
        expression = request["schedule_expression"]
        try:
            moment = due(expression, request["schedule_expression_timezone"] or "UTC")
        except NotImplementedError as error:
            raise ValidationException(str(error)) from error
        if moment < now():
            raise ValidationException(
                f"Invalid Schedule Expression {expression}: it is in the past"
            )
        return create(self, **request)

    EventBridgeSchedulerBackend.create_schedule = create_schedule


def _send_to_targets(self: Any, event: Any, transform_input: bool = True) -> None:
    # A rule with only a schedule has no pattern, and moto would match it with every event.
    if self.state != "ENABLED" or not self.event_pattern.get_pattern():
        return
    if not self.event_pattern.matches_event(event):
        return
    delivered = copy.deepcopy(dict(event))
    delivered.setdefault("account", ACCOUNT)
    delivered.pop("ingestion-time", None)  # EventBridge doesn't deliver it
    if isinstance(delivered.get("time"), int | float):
        moment = dt.datetime.fromtimestamp(delivered["time"], dt.UTC)
        delivered["time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    for target in self.targets:
        runtime().deliver(self.arn, copy.deepcopy(target), delivered)
