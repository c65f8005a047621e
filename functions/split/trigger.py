"""Reads the event that started the split. Pure."""

from __future__ import annotations

from typing import Any

from common import clock
from common.documents import ScheduleEvent, SplitTrigger

# From SageMaker, or from the watch if SageMaker's event was lost.
JOB_ENDED = "SageMaker Training Job State Change"


def read_trigger(event: dict[str, Any]) -> SplitTrigger:
    """Read a schedule's payload, or EventBridge's event of an ended job.

    Raises:
        ValueError: the event is neither.
    """
    if event.get("detail-type") == JOB_ENDED:
        return SplitTrigger(
            kind="job ended",
            triggered_at=clock.from_text(event["time"]),
            correlation_id=str(event["id"]),
        )
    return ScheduleEvent.model_validate(event)
