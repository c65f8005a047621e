"""The split's answer, which Lambda hands on to the launch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from common import clock
from split.objects import Dataset
from split.trigger import Trigger

AnswerStatus = Literal[
    "ready", "unchanged", "collecting", "queued", "capped", "refused", "outdated", "not yet"
]


@dataclass(frozen=True)
class Answer:
    """What became of a drop; the launch acts on the status `ready` alone.

    `listed_at` is when raw/ was listed, `asked_at` the user's newest raw/_READY. `channel_bytes`
    are those that the job fetches.
    """

    status: AnswerStatus
    trigger: Trigger
    dataset: Dataset | None = None
    listed_at: datetime | None = None
    asked_at: datetime | None = None
    channel_bytes: int = 0

    def to_json(self) -> dict[str, Any]:
        """Write it; its size does not grow with the drop, as Lambda bounds it."""
        return {
            "status": self.status,
            "dataset": self.dataset.identity if self.dataset else None,
            "train_images": self.dataset.side_count("train") if self.dataset else 0,
            "validation_images": self.dataset.side_count("validation") if self.dataset else 0,
            "channel_bytes": self.channel_bytes,
            "listed_at": clock.to_text(self.listed_at) if self.listed_at else None,
            "asked_at": clock.to_text(self.asked_at) if self.asked_at else None,
            "trigger": self.trigger.to_json(),
        }
