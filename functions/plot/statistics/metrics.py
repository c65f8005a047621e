"""Counts what a model got right, class by class. Pure; equal to scikit-learn's figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Integers, Predictions
from plot.statistics.intervals import Estimate, f1, share


@dataclass(frozen=True)
class ClassScore:
    """How one class fared: of its images how many were found, of those named so how many are it."""

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
        """How many images were looked at."""
        return self.accuracy.of

    @property
    def mistakes(self) -> int:
        """How many of them are taken for something else."""
        return self.accuracy.of - self.accuracy.hits

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes: each counts the same, however few images it has."""
        return _mean([one.f1 for one in self.by_class])

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have images."""
        return _mean([one.recall for one in self.by_class])

    @property
    def majority(self) -> tuple[str, Estimate]:
        """The most frequent class, and the accuracy of naming it every time."""
        largest = max(self.by_class, key=lambda one: one.images)
        return largest.name, share(largest.images, self.images)

    @property
    def weakest(self) -> ClassScore | None:
        """The class of which the smallest share is found; None when no class has images."""
        with_images = [one for one in self.by_class if one.images]
        return min(with_images, key=lambda one: one.recall.value, default=None)


def score(predictions: Predictions) -> Scores:
    """Count the predictions."""
    confusion = confusion_of(predictions.truth, predictions.predicted, len(predictions.classes))
    hits = np.diag(confusion)
    return Scores(
        classes=predictions.classes,
        confusion=confusion,
        accuracy=share(int(hits.sum()), int(confusion.sum())),
        by_class=tuple(
            _class_score(name, int(hits[k]), int(confusion[k].sum()), int(confusion[:, k].sum()))
            for k, name in enumerate(predictions.classes)
        ),
    )


def confusion_of(truth: Integers, predicted: Integers, classes: int) -> Integers:
    """Count images by (true class, predicted class): shape (classes, classes)."""
    counts = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def _class_score(name: str, hits: int, images: int, named: int) -> ClassScore:
    return ClassScore(
        name=name,
        images=images,
        precision=share(hits, named),
        recall=share(hits, images),
        f1=f1(hits, named - hits, images - hits),
    )


def _mean(estimates: list[Estimate]) -> float:
    known = [one.value for one in estimates if one.is_known]
    return sum(known) / len(known) if known else math.nan
