"""What a run achieved: its history, what it was trained on, and where its plots lie. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from plot.history import History


@dataclass(frozen=True)
class TrainedOn:
    """How many images of each side, of how many classes; None where config.json does not say."""

    train: int | None = None
    validation: int | None = None
    classes: int | None = None

    def __str__(self) -> str:
        if self.train is None or self.validation is None or self.classes is None:
            return ""
        return (
            f"{self.train:,} train and {self.validation:,} validation images, "
            f"{self.classes} classes"
        )


@dataclass(frozen=True)
class Results:
    """What a run left, and which of its plots this invocation wrote."""

    history: History
    trained_on: TrainedOn
    plots: tuple[str, ...]
    plots_written: int


def read_trained_on(body: bytes | None) -> TrainedOn:
    """Read the counts out of config.json; a model of the user's own may not write any."""
    try:
        config = json.loads(body or b"{}")
        images = config["images"]
        return TrainedOn(
            train=sum(images["train"].values()),
            validation=sum(images["validation"].values()),
            classes=len(config["classes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return TrainedOn()
