"""Accuracy, and precision, recall and F1 by class. Pure; equal to scikit-learn's figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Integers, Predictions
from plot.statistics.intervals import Estimate, f1, share


@dataclass(frozen=True)
class ClassScore:
    """The figures of one class, which has so many `images`."""

    name: str
    images: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True)
class Scores:
    """All figures of one set of predictions. `confusion[true, predicted]` counts images."""

    classes: tuple[str, ...]
    confusion: Integers
    accuracy: Estimate
    by_class: tuple[ClassScore, ...]

    @property
    def images(self) -> int:
        """The number of images."""
        return self.accuracy.of

    @property
    def mistakes(self) -> int:
        """The number of misclassified images."""
        return self.accuracy.of - self.accuracy.hits

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes: each counts the same, however few images it has."""
        return _mean([score.f1 for score in self.by_class])

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have images."""
        return _mean([score.recall for score in self.by_class])

    @property
    def majority(self) -> tuple[str, Estimate]:
        """The baseline: the most frequent class, and the accuracy of always predicting it."""
        largest = max(self.by_class, key=lambda score: score.images)
        return largest.name, share(largest.images, self.images)

    @property
    def weakest_first(self) -> list[ClassScore]:
        """The classes by recall, the lowest first; those without images last."""
        return sorted(
            self.by_class,
            key=lambda item: (item.images == 0, item.recall.value if item.images else 0),
        )

    @property
    def weakest(self) -> ClassScore | None:
        """The class with the lowest recall; None when no class has images."""
        return next((score for score in self.weakest_first if score.images), None)


def score(predictions: Predictions) -> Scores:
    """Compute all figures of a set of predictions."""
    classes = len(predictions.classes)
    cells = predictions.truth * classes + predictions.predicted
    confusion = np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
    hits = np.diag(confusion)
    return Scores(
        classes=predictions.classes,
        confusion=confusion.astype(np.int64),
        accuracy=share(int(hits.sum()), int(confusion.sum())),
        by_class=tuple(
            _class_score(name, int(hits[k]), int(confusion[k].sum()), int(confusion[:, k].sum()))
            for k, name in enumerate(predictions.classes)
        ),
    )


def _class_score(name: str, hits: int, images: int, named: int) -> ClassScore:
    precision, recall = share(hits, named), share(hits, images)
    return ClassScore(name, images, precision, recall, f1(hits, named - hits, images - hits))


def _mean(estimates: list[Estimate]) -> float:
    known = [estimate.value for estimate in estimates if estimate.is_known]
    return sum(known) / len(known) if known else math.nan
