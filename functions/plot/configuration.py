"""Reads config.json: what was trained with what. Pure.

That of a training code of the user's own may be of any shape, or not be there: each fact is read by
itself, and one that is not as expected is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Configuration:
    """What config.json says of a training; None or empty where it does not say.

    How many images of each side, of how many classes, and the epoch, counted from 1, whose
    weights are in the model that was exported.
    """

    train: int | None = None
    validation: int | None = None
    classes: int | None = None
    exported_epoch: int | None = None
    train_counts: Mapping[str, int] = field(default_factory=dict)
    validation_counts: Mapping[str, int] = field(default_factory=dict)
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, Any] = field(default_factory=dict)
    instance_type: str | None = None
    chosen_by_validation: bool = False

    @property
    def images(self) -> str:
        """The counts in words, or nothing when one is not known."""
        if self.train is None or self.validation is None or self.classes is None:
            return ""
        return (
            f"{self.train:,} train and {self.validation:,} validation images, "
            f"{self.classes} classes"
        )


def read_configuration(body: bytes | None) -> Configuration:
    """Read config.json, or nothing when there is none."""
    try:
        config = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return Configuration()
    if not isinstance(config, dict):
        return Configuration()
    images = _mapping(config.get("images"))
    train, validation = _counts(images.get("train")), _counts(images.get("validation"))
    classes = config.get("classes")
    exported = config.get("exported_epoch")
    instance_type = config.get("instance_type")
    return Configuration(
        train=sum(train.values()) if train else None,
        validation=sum(validation.values()) if validation else None,
        classes=len(classes) if isinstance(classes, list) else None,
        exported_epoch=exported if isinstance(exported, int) else None,
        train_counts=train,
        validation_counts=validation,
        hyperparameters=_mapping(config.get("hyperparameters")),
        versions=_mapping(config.get("versions")),
        seconds=_mapping(config.get("seconds")),
        instance_type=instance_type if isinstance(instance_type, str) else None,
        chosen_by_validation=config.get("epoch_chosen_by") == "validation",
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _counts(value: object) -> dict[str, int]:
    counts = _mapping(value)
    return counts if all(isinstance(count, int) for count in counts.values()) else {}
