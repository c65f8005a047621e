"""The confusion matrix as it is shown: all classes, or of many the worst ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Floats, Integers
from plot.statistics.metrics import Scores

MAXIMUM_CLASSES = 50
MAXIMUM_CLASSES_WITH_SHARES = 12  # beyond, a cell has no room for a share


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts and their shares of a row: row = true class, column = predicted class.

    Shapes: `counts` and `shares` (n, n), `images` (n,): all of a class, including those predicted
    as a class that isn't shown. A class without an image has shares of 0.
    """

    names: tuple[str, ...]
    counts: Integers
    shares: Floats
    images: Integers
    remark: str = ""

    @property
    def has_shares(self) -> bool:
        """Whether each cell shows its share of the row beside its count."""
        return len(self.names) <= MAXIMUM_CLASSES_WITH_SHARES


@dataclass(frozen=True)
class Confusion:
    """One class predicted as another, and how often."""

    truth: str
    predicted: str
    count: int
    images: int


def confusion_matrix(scores: Scores) -> ConfusionMatrix:
    """Choose the classes and compute the shares."""
    counts, names = scores.confusion, scores.classes
    images = counts.sum(axis=1)
    shares = counts / np.maximum(images, 1)[:, np.newaxis]
    if len(names) <= MAXIMUM_CLASSES:
        return ConfusionMatrix(names, counts, shares, images)
    wrong = counts.sum(axis=0) + images - 2 * np.diag(counts)
    shown = np.sort(np.argsort(-wrong, kind="stable")[:MAXIMUM_CLASSES])
    return ConfusionMatrix(
        names=tuple(names[k] for k in shown),
        counts=counts[np.ix_(shown, shown)],
        shares=shares[np.ix_(shown, shown)],
        images=images[shown],
        remark=f"the {MAXIMUM_CLASSES} of {len(names)} classes with the most mistakes",
    )


def confusions(scores: Scores, most: int) -> list[Confusion]:
    """List the most frequent confusions, the most frequent first."""
    wrong = scores.confusion.copy()
    np.fill_diagonal(wrong, 0)
    images = scores.confusion.sum(axis=1)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order, wrong.shape)
    return [
        Confusion(
            scores.classes[row], scores.classes[column], int(wrong[row, column]), int(images[row])
        )
        for row, column in zip(rows, columns, strict=True)
        if wrong[row, column]
    ]
