"""What a run achieved: its history, what it was trained on, and where its plots lie. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from plot.history import History


@dataclass(frozen=True)
class Configuration:
    """What config.json says of a training; None where it does not say.

    How many images of each side, of how many classes, and the epoch, counted from 1, whose
    weights are in the model that was exported.
    """

    train: int | None = None
    validation: int | None = None
    classes: int | None = None
    exported_epoch: int | None = None

    @property
    def images(self) -> str:
        """The counts in words, or nothing when one is not known."""
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
    configuration: Configuration
    plots: tuple[str, ...]
    plots_written: int

    @property
    def exported_epoch(self) -> int | None:
        """The epoch that was exported, if it is known and in the history."""
        epoch = self.configuration.exported_epoch
        return epoch if epoch and 1 <= epoch <= self.history.epochs else None


def read_configuration(body: bytes | None) -> Configuration:
    """Read config.json; that of a model of the user's own may be of any shape, or not be there."""
    try:
        config = json.loads(body or b"{}")
        images = config["images"]
        exported = config.get("exported_epoch")
        return Configuration(
            train=sum(images["train"].values()),
            validation=sum(images["validation"].values()),
            classes=len(config["classes"]),
            exported_epoch=exported if isinstance(exported, int) else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Configuration()
