"""Reads config.json: what was trained with what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from plot.inputs.lenient_json import Count, Document, Json, LenientReader, Number, OrDefault

CONFIG = "config.json"
# Of settings and versions as the report lists them.
MAXIMUM_SETTINGS = 100
MAXIMUM_SETTING_CHARACTERS = 200


def _settings(value: Json) -> Json:
    """Make texts of a mapping's values, whatever they are."""
    if not isinstance(value, dict):
        return value  # which pydantic refuses
    return {
        name: str(setting)[:MAXIMUM_SETTING_CHARACTERS]
        for name, setting in list(value.items())[:MAXIMUM_SETTINGS]
    }


Settings = Annotated[Mapping[str, str], BeforeValidator(_settings), OrDefault]
Counts = Annotated[Mapping[str, Count], OrDefault]


class Images(Document):
    """How many images of each class are on each side."""

    train: Counts = Field(default_factory=dict)
    validation: Counts = Field(default_factory=dict)


class Seconds(Document):
    """How long the training program worked."""

    total: Annotated[Number | None, OrDefault] = None


class Configuration(Document):
    """What config.json says of a training; None or empty where it does not say.

    The exported epoch is the one, counted from 1, whose weights are in the model.
    """

    class_names: Annotated[list[str] | None, OrDefault] = Field(alias="classes", default=None)
    counts: Annotated[Images, OrDefault] = Field(alias="images", default=Images())
    exported_epoch: Annotated[Count | None, OrDefault] = None
    hyperparameters: Settings = Field(default_factory=dict)
    versions: Settings = Field(default_factory=dict)
    seconds: Annotated[Seconds, OrDefault] = Seconds()
    instance_type: Annotated[str | None, OrDefault] = None
    epoch_chosen_by: Annotated[str | None, OrDefault] = None

    @property
    def train_counts(self) -> Mapping[str, int]:
        """Images trained on, by class."""
        return self.counts.train

    @property
    def validation_counts(self) -> Mapping[str, int]:
        """Images measured on, by class."""
        return self.counts.validation

    @property
    def chosen_by_validation(self) -> bool:
        """Whether the exported epoch is the one that did best on the validation images."""
        return self.epoch_chosen_by == "validation"

    @property
    def images(self) -> str:
        """The counts in words, or nothing when one is not known."""
        if not self.train_counts or not self.validation_counts or self.class_names is None:
            return ""
        return (
            f"{sum(self.train_counts.values()):,} train and "
            f"{sum(self.validation_counts.values()):,} validation images, "
            f"{len(self.class_names)} classes"
        )


def read_configuration(reading: LenientReader) -> Configuration:
    """Read config.json; an empty one when nothing of it can be used."""
    effect = "settings and versions are not known"
    return reading.document(Configuration, CONFIG, effect) or Configuration()
