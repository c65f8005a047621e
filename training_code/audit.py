"""Looks for reasons to doubt the accuracy: near copies on both sides, and shortcuts.

The model is compared with two baselines that need no training: always predict the majority class,
and predict the class of the most similar training image, by a thumbnail or by its border alone.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import copies
import documents
from channel import Channel

_SIDES = {"train": 40_000, "validation": 5_000}  # most images compared: 20 s on two cores
_EXAMPLES = 20
# A neighbour explains the accuracy when it covers this share of the way from the majority to the
# model, and half of the way to perfection: nobody trusts a model that is hardly better anyway.
_EXPLAINED = 0.8
_NOTABLE_COPIES = 0.05  # share of the validation images

Labels = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class _Compared:
    """The validation images compared, one row each; `*_right`: whether that gives their class.

    copy: row of the nearest near copy in `train`, -1 without; bits: how many of 256 differ.
    """

    validation: npt.NDArray[np.int64]
    train: npt.NDArray[np.int64]
    right: npt.NDArray[np.bool_]
    majority_right: npt.NDArray[np.bool_]
    copy: npt.NDArray[np.int64]
    bits: npt.NDArray[np.int64]
    copy_right: npt.NDArray[np.bool_]
    thumbnail_right: npt.NDArray[np.bool_]
    border_right: npt.NDArray[np.bool_]


def of(
    classes: list[str],
    train: Channel,
    validation: Channel,
    probabilities: npt.NDArray[np.float32],
    warnings: list[documents.CodedWarning],
    exact_copies: documents.ExactCopies,
) -> documents.FullAudit:
    """Return what audit.json holds; `warnings` and `exact_copies` were found before the training.

    `probabilities` is the exported model's answer (validation images, classes). Of many images a
    sample is compared, the same in every run; `images` holds its size.
    """
    predicted = probabilities.argmax(axis=1)
    majority = int(np.bincount(train.labels, minlength=len(classes)).argmax())
    right = predicted == validation.labels
    compared = _compare(train, validation, right, majority)
    figures: documents.AuditFigures = {
        "images": {
            "train": len(train.files),
            "validation": len(validation.files),
            "train_sampled": len(compared.train),
            "validation_sampled": len(compared.validation),
        },
        "majority": {
            "class": classes[majority],
            "accuracy": _share(validation.labels == majority),
            "macro_f1": macro_f1(validation.labels, np.full_like(validation.labels, majority)),
        },
        "model": {"accuracy": _share(right), "macro_f1": macro_f1(validation.labels, predicted)},
        "near_copies": _near_copies(compared, train.files, validation.files),
        "neighbour": {
            "thumbnail": {"accuracy": _share(compared.thumbnail_right)},
            "border": {"accuracy": _share(compared.border_right)},
            "sampled": {"train": len(compared.train), "validation": len(compared.validation)},
        },
    }
    own = documents.warnings_with(
        {
            "majority": _no_better_than_majority(figures),
            "near_copies": _copies_on_both_sides(figures["near_copies"], compared),
            **_shortcut(figures["neighbour"], compared),
        }
    )
    return {**figures, "warnings": [*own, *warnings], "exact_copies": exact_copies}


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


def _compare(
    train: Channel, validation: Channel, right: npt.NDArray[np.bool_], majority: int
) -> _Compared:
    train_rows = _sample(len(train.files), _SIDES["train"])
    rows = _sample(len(validation.files), _SIDES["validation"])
    seen = copies.appearances(train.pixels, train_rows)
    asked = copies.appearances(validation.pixels, rows)
    labels, known = validation.labels[rows], train.labels[train_rows]
    copy, bits = copies.near_copies(asked, seen)
    return _Compared(
        validation=rows,
        train=train_rows,
        right=right[rows],
        majority_right=labels == majority,
        copy=copy,
        bits=bits,
        copy_right=(copy >= 0) & (known[copy] == labels),
        thumbnail_right=known[copies.nearest(asked.thumbnails, seen.thumbnails)] == labels,
        border_right=known[copies.nearest(asked.borders, seen.borders)] == labels,
    )


def _sample(count: int, most: int) -> npt.NDArray[np.int64]:
    """Draw distinct rows, in order because they may have to be read from disk."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def _near_copies(
    compared: _Compared, train: list[str], validation: list[str]
) -> documents.NearCopiesDocument:
    has = compared.copy >= 0
    closest = np.flatnonzero(has)[np.argsort(compared.bits[has], kind="stable")][:_EXAMPLES]
    examples: list[documents.NearCopyExample] = [
        {
            "validation": validation[compared.validation[row]],
            "train": train[compared.train[compared.copy[row]]],
            "distance": int(compared.bits[row]),
        }
        for row in closest
    ]
    return {
        "validation_images": int(has.sum()),
        "share": _share(has),
        "same_class": _share(compared.copy_right[has]) if has.any() else None,
        "accuracy_without": None if has.all() else _share(compared.right[~has]),
        "images_without": int((~has).sum()),
        "examples": examples,
    }


def _no_better_than_majority(figures: documents.AuditFigures) -> str | None:
    """Warn of a model that has neither a higher accuracy nor a higher macro F1."""
    model, majority = figures["model"], figures["majority"]
    if model["accuracy"] > majority["accuracy"] or model["macro_f1"] > majority["macro_f1"]:
        return None
    return (
        f"The model is right on {_percent(model['accuracy'])} of the validation images; always "
        f"predicting {majority['class']!r} is right on {_percent(majority['accuracy'])}. It has "
        "learned nothing useful."
    )


def _copies_on_both_sides(copies: documents.NearCopiesDocument, compared: _Compared) -> str | None:
    """Warn of copies that give the class away; a fixed camera makes copies that don't."""
    if copies["share"] < _NOTABLE_COPIES:
        return None
    has = compared.copy >= 0
    chance, same_class = _share(compared.majority_right[has]), copies["same_class"] or 0.0
    if not _convinces(same_class, chance, int(has.sum())):
        return None
    without = copies["accuracy_without"]
    honest = (
        "no other image is left"
        if without is None
        else f"on the other {copies['images_without']} its accuracy is {_percent(without)}"
    )
    return (
        f"{copies['validation_images']} of {len(has)} validation images have a near copy among the "
        f"training images, as photographs of one part do, so the model has seen them before: "
        f"{honest}. Keep photographs of one part together: a folder of its own below the class."
    )


def _shortcut(neighbour: documents.NeighbourFigures, compared: _Compared) -> dict[str, str | None]:
    """Warn of the border, or else of the thumbnail, if looking at it is as good as the model."""
    model, majority = _share(compared.right), _share(compared.majority_right)

    def explains(score: float) -> bool:
        return score - majority >= _EXPLAINED * (model - majority) and _convinces(
            score, majority, len(compared.right)
        )

    border, thumbnail = neighbour["border"]["accuracy"], neighbour["thumbnail"]["accuracy"]
    if explains(border):
        return {
            "border": f"The outermost pixels alone give the class away: comparing them with those "
            f"of the training images is right on {_percent(border)}, the model on "
            f"{_percent(model)}. "
            "Unless the classes differ up to the border, as surfaces do, it may have learned the "
            "background or the session instead of the defect. Photograph all classes alike, or "
            "crop to the part that matters."
        }
    if explains(thumbnail):
        return {
            "thumbnail": f"Thumbnails of 16 x 16 pixels give the class away: comparing them with "
            f"those of the training images is right on {_percent(thumbnail)}, the model on "
            f"{_percent(model)}. If the classes differ in small marks, something else separates "
            "them: the light, the part, the session."
        }
    return {}


def _convinces(score: float, majority: float, images: int) -> bool:
    """Return whether a score is high, and out of reach of chance (two standard errors)."""
    chance = 2 * math.sqrt(majority * (1 - majority) / images)
    return score - majority >= max(0.5 * (1 - majority), chance) and score > majority


def _share(right: npt.NDArray[np.bool_]) -> float:
    return float(right.mean())


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
