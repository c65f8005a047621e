"""Why the split was started: a quiet window, the ready marker, or a job that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from common import clock
from common.windows import window_end

Kind = Literal["window", "ready", "job ended"]


@dataclass(frozen=True)
class Trigger:
    """`triggered_at` is when the user changed something, or the job ended.

    `window` is the end of the quiet window behind the schedule, if there is one.
    """

    kind: Kind
    triggered_at: datetime
    correlation_id: str
    window: datetime | None = None

    def to_json(self) -> dict[str, str]:
        """Write what the launch needs to know."""
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
    if event.get("source") == "droptrain.schedule" and event.get("kind") in ("window", "ready"):
        return Trigger(
            kind=event["kind"],
            triggered_at=clock.from_text(event["triggered_at"]),
            correlation_id=event["correlation_id"],
            window=window_end(event["window"]),
        )
    raise ValueError("the split understands its schedules and ended training jobs, not this event")
