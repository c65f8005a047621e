"""Hand what EventBridge rules match to the runtime: moto has no Lambda targets and no states."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from moto.events.models import Rule

from local_cloud.cloud.arns import ACCOUNT
from local_cloud.cloud.moto_patches.hooks import runtime


def install() -> None:
    """Replace moto's delivery, which also sends the events a disabled rule matches."""
    Rule.send_to_targets = _send_to_targets


def _send_to_targets(self: Any, event: Any, transform_input: bool = True) -> None:
    # A rule with only a schedule has no pattern, and moto would match it with every event.
    if self.state != "ENABLED" or not self.event_pattern.get_pattern():
        return
    if not self.event_pattern.matches_event(event):
        return
    delivered = copy.deepcopy(dict(event))
    delivered.setdefault("account", ACCOUNT)
    delivered.pop("ingestion-time", None)  # EventBridge keeps it to itself
    if isinstance(delivered.get("time"), int | float):
        moment = dt.datetime.fromtimestamp(delivered["time"], dt.UTC)
        delivered["time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    for target in self.targets:
        runtime().deliver(self.arn, copy.deepcopy(target), delivered)
