"""Looks for reasons to doubt the accuracy: near copies on both sides, and shortcuts.

The model is compared with two baselines that need no training: always predict the majority class,
and predict the class of the most similar training image, by a thumbnail or by its border alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import documents
from auditing import copy_audit, evidence
from auditing.copy_audit import CopiesCompared
from auditing.evidence import Right
from judging import near_copies
from judging.folds import Judged
from loading.dataset import ImageData

_SIDES = {"train": 40_000, "validation": 5_000}  # most images compared: 20 s on two cores
# A neighbour explains the accuracy when it covers this share of the way from chance to the model.
_EXPLAINED = 0.8

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Compared:
    """The validation images compared, one row each; `*_right`: whether that gives their class.

    chance: the probability that any training image is of the class.
    """

    right: Right
    chance: Floats
    thumbnail_right: Right
    border_right: Right
    copies: CopiesCompared
    is_fixed_camera: bool


@dataclass(frozen=True)
class Answers:
    """What is known about the images' classes besides their labels.

    probabilities: the exported model's (validation images, classes). judged: by models that saw
    nothing like the image. groups: each image's group, '' for none, training images first.
    """

    probabilities: npt.NDArray[np.float32]
    judged: Judged | None = None
    groups: list[str] | None = None


def of(
    data: ImageData, answers: Answers, warnings: list[documents.CodedWarning]
) -> documents.FullAudit:
    """Return what audit.json holds, the worst warning first; `warnings` were found elsewhere.

    Of many images a sample is compared, the same in every run; `images` holds its size.
    """
    train, validation = data.train, data.validation
    predicted = answers.probabilities.argmax(axis=1)
    majority = int(np.bincount(train.labels, minlength=len(data.classes)).argmax())
    right = predicted == validation.labels
    rows = _sample(len(train.files), _SIDES["train"])
    asked = _sample(len(validation.files), _SIDES["validation"])
    compared = _compare(data, answers, rows, asked)
    near_copies = copy_audit.describe(compared.copies, compared.is_fixed_camera)
    figures: documents.AuditFigures = {
        "images": {
            "train": len(train.files),
            "validation": len(validation.files),
            "train_sampled": len(rows),
            "validation_sampled": len(asked),
        },
        "majority": {
            "class": data.classes[majority],
            "accuracy": _share(validation.labels == majority),
            "macro_f1": macro_f1(validation.labels, np.full_like(validation.labels, majority)),
        },
        "model": {"accuracy": _share(right), "macro_f1": macro_f1(validation.labels, predicted)},
        "near_copies": near_copies,
        "neighbour": {
            "thumbnail": {"accuracy": _share(compared.thumbnail_right)},
            "border": {"accuracy": _share(compared.border_right)},
            "sampled": {"train": len(rows), "validation": len(asked)},
        },
    }
    own = {
        "majority": _no_better_than_majority(figures, right, validation.labels == majority),
        **copy_audit.warn(near_copies, compared.copies),
        **_shortcut(compared),
    }
    return {
        **figures,
        "warnings": [*documents.warnings_with(own), *warnings],
        "exact_copies": data.exact_copies,
    }


def macro_f1(labels: Labels, predicted: Labels) -> float:
    """Return the mean of the classes' F1 over those that occur in either, each counting the same.

    F1 is 2 * right / (images of the class + images taken for it):
    https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html
    """
    count = int(max(labels.max(), predicted.max())) + 1
    actual, taken = np.bincount(labels, minlength=count), np.bincount(predicted, minlength=count)
    right = np.bincount(labels[labels == predicted], minlength=count)
    occurs = actual + taken > 0
    return float((2 * right[occurs] / (actual + taken)[occurs]).mean())


def _compare(data: ImageData, answers: Answers, rows: Rows, asked: Rows) -> _Compared:
    """Compare the validation images `asked` with the training images `rows`."""
    train, validation = data.train, data.validation
    seen = near_copies.appearances(train.pixels, rows)
    queries = near_copies.appearances(validation.pixels, asked)
    labels, known = validation.labels[asked], train.labels[rows]
    right = answers.probabilities[asked].argmax(axis=1) == labels
    shares = np.bincount(train.labels, minlength=len(data.classes)) / len(train.labels)
    copy, bits = near_copies.between(queries, seen)
    names = answers.groups or [""] * (len(train.files) + len(validation.files))
    groups = np.array(names[: len(train.files)])[rows][copy]
    own_groups = np.array(names[len(train.files) :])[asked]
    unseen = _unseen_right(data, answers.judged)
    return _Compared(
        right=right,
        chance=shares[labels],
        thumbnail_right=known[near_copies.nearest(queries.thumbnails, seen.thumbnails)] == labels,
        border_right=known[near_copies.nearest(queries.borders, seen.borders)] == labels,
        copies=CopiesCompared(
            validation=[validation.files[row] for row in asked],
            train=[train.files[row] for row in rows],
            copy=copy,
            bits=bits,
            right=right,
            copy_right=(copy >= 0) & (known[copy] == labels),
            chance=shares[labels],
            told_apart=(groups != "") & (own_groups != "") & (groups != own_groups),
            unseen_right=None if unseen is None else unseen[len(train.files) + asked],
            accuracy_unseen=None if unseen is None else _share(unseen),
            parts=len(np.unique(answers.judged.clusters)) if answers.judged else 0,
        ),
        is_fixed_camera=copy_audit.is_of_fixed_camera(near_copies.joined(seen, queries)),
    )


def _unseen_right(data: ImageData, judged: Judged | None) -> Right | None:
    """Return which images are judged rightly by a model that saw nothing like them."""
    if judged is None or judged.probabilities is None:
        return None
    labels = np.concatenate([data.train.labels, data.validation.labels])
    return np.asarray(judged.probabilities.argmax(axis=1) == labels)


def _sample(count: int, most: int) -> npt.NDArray[np.int64]:
    """Draw distinct rows, in order because they may have to be read from disk."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def _no_better_than_majority(
    figures: documents.AuditFigures, right: Right, majority_right: Right
) -> str | None:
    """Warn of a model that has neither a higher accuracy nor a higher macro F1."""
    model, majority = figures["model"], figures["majority"]
    if model["accuracy"] > majority["accuracy"] or model["macro_f1"] > majority["macro_f1"]:
        return None
    return (
        f"The model is right on {evidence.told(right, 'validation images')}; always predicting "
        f"{majority['class']!r} is right on {evidence.told(majority_right)}. It has learned "
        "nothing useful."
    )


def _shortcut(compared: _Compared) -> dict[str, str | None]:
    """Warn of the border, or else of the thumbnail, if looking at it is as good as the model."""
    model = evidence.skill(compared.right, compared.chance)

    def explains(right: Right) -> bool:
        is_as_good = evidence.skill(right, compared.chance) >= _EXPLAINED * model
        return is_as_good and evidence.convinces(right, compared.chance)

    border, thumbnail = compared.border_right, compared.thumbnail_right
    if explains(border):
        return {
            "border": "The outermost pixels alone give the class away: comparing them with those "
            f"of the training images is right on {evidence.told(border)}, the model on "
            f"{evidence.told(compared.right)}. "
            "Unless the classes differ up to the border, as surfaces do, it may have learned the "
            "background or the session instead of the defect. Photograph all classes alike, or "
            "crop to the part that matters."
        }
    if explains(thumbnail):
        return {
            "thumbnail": "Thumbnails of 16 x 16 pixels give the class away: comparing them with "
            f"those of the training images is right on {evidence.told(thumbnail)}, the model on "
            f"{evidence.told(compared.right)}. If the classes differ in small marks, something "
            "else separates them: the light, the part, the session."
        }
    return {}


def _share(right: Right) -> float:
    return float(right.mean())
