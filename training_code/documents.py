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

    same_class: the share of them whose copy is of their class, None without copies;
    accuracy_without: the model's accuracy on the images_without, None if they are few.
    in_other_groups: copies in another group than the image. fixed_camera: most images are near
    copies of each other, so nothing follows. accuracy_at_most: on new parts, None if so.
    """

    validation_images: int
    share: float
    same_class: float | None
    accuracy_without: float | None
    images_without: int
    in_other_groups: int
    fixed_camera: bool
    accuracy_at_most: float | None
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


PicturedImage = TypedDict(
    "PicturedImage",
    {
        "file": str,
        "side": str,
        "class": str,
        "image": str | None,  # a JPEG, relative to review.json; None where there is no room for it
    },
)


class CandidateDocument(PicturedImage):
    """An image that may be of the class `suggested`, and the images of that class most like it."""

    suggested: str
    probability: float  # of the suggested class
    own_probability: float
    neighbours: list[PicturedImage]


class EqualImages(TypedDict):
    """Images that are equal pixel by pixel."""

    images: list[PicturedImage]


class NearlyEqualImages(EqualImages):
    """Near copies; `distance` is the smallest between two of them, in bits of 256."""

    distance: int


class OddImageDocument(PicturedImage):
    """An image far from all others; `distance` is 1 - cosine to its fifth nearest neighbour."""

    distance: float


class ReviewDocument(TypedDict):
    """review.json: which images to look at again, the most suspicious first.

    images: of both sides; judged_images: those whose label could be judged. estimated_wrong: about
    how many candidates have a wrong label. A list may be shorter than its total.
    """

    images: int
    judged_images: int
    candidates: list[CandidateDocument]
    candidates_total: int
    estimated_wrong: int
    in_two_classes: list[EqualImages]
    in_two_classes_total: int
    near_copies_across_classes: list[NearlyEqualImages]
    near_copies_across_classes_total: int
    near_copies_across_sides: list[NearlyEqualImages]
    near_copies_across_sides_total: int
    odd: list[OddImageDocument]
    odd_total: int


class CalibrationDocument(TypedDict):
    """calibration.json: by what the scores before the softmax were divided, and how that was found.

    images: how many it was fitted on; folds, clusters: of the judging by folds, folds 0 without
    any. reason: why there are none, and what to do about it. remarks: what limits the judging.
    """

    temperature: float
    fitted_on: Literal["folds", "validation"]
    images: int
    folds: int
    clusters: int
    reason: str | None
    remarks: list[str]


class NoveltyFigures(TypedDict):
    """The part of novelty.json that the distances decide.

    bound: None where there was nothing to measure. expected_rate: the share of ordinary images that
    are beyond it; more than wanted_rate where the images are too few. proven_rate: at most so many,
    with 95 % confidence. false_alarms: held out images beyond it, of so many images of so many
    parts.
    """

    bound: float | None
    wanted_rate: float
    expected_rate: float
    proven_rate: float
    false_alarms: int
    images: int
    parts: int


class NoveltyDocument(NoveltyFigures):
    """novelty.json: beyond which distance an image is unknown, and how sure that is.

    known_images: how many a new one is compared with. measured_on: `all`, or `validation` where the
    network has learned the features from the training images.
    """

    known_images: int
    measured_on: Literal["all", "validation"]


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
