"""Reads config.json: the settings, versions and classes of a training. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from common.wording import count
from plot.inputs.lenient_json import Count, Json, LenientDocument, LenientReader, Number, OrDefault

CONFIG = "config.json"
# Of settings and versions in the report.
MAXIMUM_SETTINGS = 100
MAXIMUM_SETTING_CHARACTERS = 200


def _settings(value: Json) -> Json:
    """Write the values of a mapping as text."""
    if not isinstance(value, dict):
        return value  # which pydantic refuses
    return {
        name: str(setting)[:MAXIMUM_SETTING_CHARACTERS]
        for name, setting in list(value.items())[:MAXIMUM_SETTINGS]
    }


Settings = Annotated[Mapping[str, str], BeforeValidator(_settings), OrDefault]
Counts = Annotated[Mapping[str, Count], OrDefault]


class Images(LenientDocument):
    """The number of images of each class, by side."""

    train: Counts = Field(default_factory=dict)
    validation: Counts = Field(default_factory=dict)


class Seconds(LenientDocument):
    """Durations of the training program."""

    total: Annotated[Number | None, OrDefault] = None


class Configuration(LenientDocument):
    """The configuration of a training; None or empty where config.json lacks it.

    The exported epoch, counted from 1, is the one whose weights are in the model.
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
    def images(self) -> str:
        """The counts in words, or nothing when one is unknown."""
        train, validation = self.counts.train, self.counts.validation
        if not train or not validation or self.class_names is None:
            return ""
        return (
            f"{count(sum(train.values()))} training and "
            f"{count(sum(validation.values()), 'validation image')}, "
            f"{count(len(self.class_names), 'class', 'classes')}"
        )


def read_configuration(reader: LenientReader) -> Configuration:
    """Read config.json; an empty one when it can't be used at all."""
    effect = "settings and versions are unknown"
    return reader.document(Configuration, CONFIG, effect) or Configuration()
