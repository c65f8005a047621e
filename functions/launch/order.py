"""What the split's answer asks launch for: a dataset to train on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common import clock
from common.documents import SplitAnswer


@dataclass(frozen=True)
class Order:
    """A dataset to train on, when raw/ was listed for it, and who asked.

    `asked_at` is the time of the user's newest raw/_READY. `retry_after` is that or the time of a
    later change of images; None if an ended job asked, and then a failed run isn't tried again.
    `channel_bytes` is the size of the images that the job downloads, `images` is the number of
    those in the dataset, `test_images` of those in the sealed test set.
    """

    dataset: str
    correlation_id: str
    listed_at: datetime
    asked_at: datetime | None = None
    retry_after: datetime | None = None
    channel_bytes: int = 0
    images: int = 0
    test_images: int = 0

    @classmethod
    def from_answer(cls, answer: SplitAnswer) -> Order:
        """Read a split's answer with the status `ready`, also one of an older version."""
        trigger = answer.trigger
        changed_at = trigger.triggered_at if trigger.kind in ("window", "ready") else None
        times = [time for time in (answer.asked_at, changed_at) if time]
        return cls(
            dataset=str(answer.dataset),
            correlation_id=trigger.correlation_id,
            listed_at=answer.listed_at or clock.now(),
            asked_at=answer.asked_at,
            retry_after=max(times, default=None),
            channel_bytes=answer.channel_bytes,
            images=answer.train_images + answer.validation_images,
            test_images=answer.test_images,
        )
