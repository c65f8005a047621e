"""Why the split was started.

window      the drop was quiet for a while
ready       the user dropped raw/_READY
again       the daily limit allows another run
job ended   one job runs at a time, and a drop may have come meanwhile
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from common import clock
from common.schedule import window_fires_at

SOURCE = "droptrain.schedule"
Kind = Literal["window", "ready", "again", "job ended"]


@dataclass(frozen=True)
class Trigger:
    """`triggered_at` is when the user changed something, the limit passed, or the job ended.

    `window` is when the schedule of the quiet window behind it fires, if there is one.
    """

    kind: Kind
    triggered_at: datetime
    correlation_id: str
    window: datetime | None = None

    @property
    def asked_at(self) -> datetime | None:
        """When the user asked for a run, if they did."""
        return self.triggered_at if self.kind == "ready" else None

    def payload(self, schedule: str) -> dict[str, str]:
        """Write the event that a schedule of that name sends."""
        return {"source": SOURCE, "window": schedule} | self.to_json()

    def to_json(self) -> dict[str, str]:
        """Write it for the launch."""
        return {
            "kind": self.kind,
            "triggered_at": clock.to_text(self.triggered_at),
            "correlation_id": self.correlation_id,
        }


def read_trigger(event: dict[str, Any]) -> Trigger:
    """Read a schedule's payload or EventBridge's event of an ended job.

    Raises:
        ValueError: the event is neither.
    """
    if event.get("source") == "aws.sagemaker":
        return Trigger("job ended", clock.from_text(event["time"]), str(event["id"]))
    if event.get("source") == SOURCE and event.get("kind") in ("window", "ready", "again"):
        return Trigger(
            kind=event["kind"],
            triggered_at=clock.from_text(event["triggered_at"]),
            correlation_id=event["correlation_id"],
            window=window_fires_at(event["window"]),
        )
    raise ValueError("the split understands its schedules and ended training jobs, not this event")
