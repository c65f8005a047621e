"""The JSON documents that a training writes for the steps after it, field by field.

A share or an accuracy is a number from 0 to 1. The class that reads each of them is on the other
side, in functions/plot; a contract test ties the two.
"""

from typing import Literal, TypedDict


class CodedWarning(TypedDict):
    """One warning: a code for programs, a sentence for people."""

    code: str
    sentence: str


class CopiesInTwoClasses(TypedDict):
    """The images that are in more than one class, and names of equal ones, by group."""

    images: int
    examples: list[list[str]]


class CopiesOnBothSides(TypedDict):
    """The validation images that are training images, too, and names of equal ones, by group."""

    validation_images: int
    examples: list[list[str]]


class ExactCopies(TypedDict):
    """Images that are equal pixel by pixel."""

    in_two_classes: CopiesInTwoClasses
    on_both_sides: CopiesOnBothSides


class NearCopyExample(TypedDict):
    """Two images that look alike; `distance` is how many of 256 bits of their hashes differ."""

    validation: str
    train: str
    distance: int


class NearCopiesDocument(TypedDict):
    """How many validation images have a near copy among the training images, and what that means.

    same_class: the share of them whose copy is of their class; accuracy_without: the model's
    accuracy on the images_without. None where there is no image to measure on.
    """

    validation_images: int
    share: float
    same_class: float | None
    accuracy_without: float | None
    images_without: int
    examples: list[NearCopyExample]


# `class` is a keyword, so this can't be written as a class.
MajorityFigures = TypedDict("MajorityFigures", {"class": str, "accuracy": float, "macro_f1": float})


class NeighbourFigures(TypedDict):
    """The accuracy of the nearest training image's class, and the images compared, by side."""

    thumbnail: dict[Literal["accuracy"], float]
    border: dict[Literal["accuracy"], float]
    sampled: dict[str, int]


class AuditFigures(TypedDict):
    """The part of audit.json that needs the model's predictions."""

    images: dict[str, int]  # train, validation, train_sampled, validation_sampled
    majority: MajorityFigures
    model: dict[Literal["accuracy", "macro_f1"], float]
    near_copies: NearCopiesDocument
    neighbour: NeighbourFigures


class EarlyAudit(TypedDict):
    """audit.json before the first epoch."""

    exact_copies: ExactCopies
    warnings: list[CodedWarning]


class FullAudit(AuditFigures, EarlyAudit):
    """audit.json after the training."""


MisclassifiedImage = TypedDict(
    "MisclassifiedImage",
    {
        "file": str,
        "class": str,
        "predicted": str,
        "probability": float,
        "true_probability": float,
        "image": str,  # a PNG, relative to mistakes.json, as is heat_map
        "heat_map": str,
    },
)


class MachineDocument(TypedDict):
    """The part of config.json that describes the machine; `devices` are the replicas trained on."""

    versions: dict[str, str]
    precision: str
    devices: int


def no_copies() -> ExactCopies:
    """Return the document where no two images are equal."""
    return {
        "in_two_classes": {"images": 0, "examples": []},
        "on_both_sides": {"validation_images": 0, "examples": []},
    }


def warnings_with(sentences: dict[str, str | None]) -> list[CodedWarning]:
    """List the warnings, by code, that have a sentence."""
    return [{"code": code, "sentence": text} for code, text in sentences.items() if text]
