"""The settings of predict, as the template sets them."""

from __future__ import annotations

from pydantic import Field

from common.settings import ScheduleSettings


class PredictSettings(ScheduleSettings):
    """The least probability of a sure answer, and predict's own queue."""

    minimum_confidence: float = Field(ge=0, le=1)
    inbox_queue_url: str
