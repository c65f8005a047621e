"""The threshold curve: missed defects and false rejects at each operating point. Pure.

The positive class is the defect. An image is rejected when its probability of being a defect
reaches the threshold. A defect that isn't rejected is missed; a good image that is rejected is a
false reject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Booleans, Floats, Predictions
from plot.statistics.intervals import Estimate, share

GOOD = "good"
THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MAXIMUM_POINTS = 400  # of a curve that is drawn


@dataclass(frozen=True)
class PositiveClass:
    """The class to reject, the class to accept, and why they were chosen."""

    name: str
    accepted: str
    reason: str


@dataclass(frozen=True)
class OperatingPoint:
    """The effect of rejecting each image whose probability is at least `threshold`."""

    threshold: float
    missed: Estimate
    false_rejects: Estimate
    precision: Estimate


@dataclass(frozen=True)
class ThresholdCurve:
    """Both kinds of mistake by threshold, and the precision-recall curve.

    `recall` and `precision` run from the highest threshold to the lowest, one point for each
    probability that occurs, thinned for drawing. `zero_misses` is the highest threshold without a
    missed defect, `zero_false_rejects` the lowest without a false reject.
    """

    positive: PositiveClass
    points: tuple[OperatingPoint, ...]
    recall: Floats
    precision: Floats
    average_precision: float
    defects: int
    good: int
    zero_misses: OperatingPoint | None
    zero_false_rejects: OperatingPoint | None


def positive_class_of(
    predictions: Predictions, train_counts: Mapping[str, int]
) -> PositiveClass | None:
    """Choose the positive class: all but `good`, else the smaller of two classes, else None."""
    good = [name for name in predictions.classes if name.strip().casefold() == GOOD]
    if good:
        others = [name for name in predictions.classes if name != good[0]]
        positive = others[0] if len(others) == 1 else "any other class"
        return PositiveClass(positive, good[0], "of its name")
    if len(predictions.classes) != 2:
        return None
    sizes = [train_counts.get(name, 0) for name in predictions.classes]
    larger = int(sizes[1] > sizes[0])
    reason = "it has more training images" if sizes[0] != sizes[1] else "it comes first"
    return PositiveClass(predictions.classes[1 - larger], predictions.classes[larger], reason)


def threshold_curve(predictions: Predictions, positive: PositiveClass) -> ThresholdCurve | None:
    """Count both mistakes at every threshold; None without probabilities or without both kinds."""
    if predictions.probabilities is None:
        return None
    accepted = predictions.classes.index(positive.accepted)
    probability = 1.0 - predictions.probabilities[:, accepted]
    defect = predictions.truth != accepted
    if bool(defect.all()) or not bool(defect.any()):
        return None
    recall, precision, average = precision_recall(defect, probability)
    drawn = _thinned(len(recall))
    # The probabilities have six digits: 1 - p is rounded back to them.
    lowest_defect = float(np.round(probability[defect].min(), 6))
    above_good = probability[probability > float(probability[~defect].max())]
    return ThresholdCurve(
        positive=positive,
        points=tuple(_point(probability, defect, threshold) for threshold in THRESHOLDS),
        recall=recall[drawn],
        precision=precision[drawn],
        average_precision=average,
        defects=int(defect.sum()),
        good=int((~defect).sum()),
        zero_misses=_point(probability, defect, lowest_defect) if lowest_defect > 0 else None,
        zero_false_rejects=(
            _point(probability, defect, float(np.round(above_good.min(), 6)))
            if len(above_good)
            else None
        ),
    )


def precision_recall(positive: Booleans, probability: Floats) -> tuple[Floats, Floats, float]:
    """Return recall, precision and the average precision, highest threshold first.

    Shapes (points,), one point per probability that occurs, without the point at recall 0.
    """
    order = np.argsort(-probability, kind="stable")
    ranked, hits = probability[order], np.cumsum(positive[order])
    # A threshold can only lie where the next image has another probability.
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true_positives = hits[last]
    precision = true_positives / (last + 1)
    recall = true_positives / hits[-1]
    average = float(np.sum(np.diff(np.append(0.0, recall)) * precision))
    return recall, precision, average


def _point(probability: Floats, defect: Booleans, threshold: float) -> OperatingPoint:
    rejected = np.round(probability, 6) >= threshold
    hits = int((rejected & defect).sum())
    false_rejects = int((rejected & ~defect).sum())
    defects = int(defect.sum())
    return OperatingPoint(
        threshold=threshold,
        missed=share(defects - hits, defects),
        false_rejects=share(false_rejects, len(defect) - defects),
        precision=share(hits, hits + false_rejects),
    )


def _thinned(points: int) -> slice | list[int]:
    if points <= MAXIMUM_POINTS:
        return slice(None)
    places = np.linspace(0, points - 1, MAXIMUM_POINTS).astype(int)
    return [int(place) for place in np.unique(places)]
