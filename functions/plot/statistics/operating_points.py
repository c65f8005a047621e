"""The threshold curve: missed defects and false rejects at each operating point. Pure.

The positive class is the defect. An image is rejected when its probability of being a defect
reaches the threshold. A defect that isn't rejected is missed; a good image that is rejected is a
false reject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Booleans, Floats, Integers, Predictions
from plot.statistics.clusters import share_of_images
from plot.statistics.intervals import Estimate

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
    judged = defects_of(predictions, positive)
    if judged is None:
        return None
    defect, probability = judged

    def point(threshold: float) -> OperatingPoint:
        return _point(probability, defect, threshold, predictions.clusters)

    recall, precision, average = precision_recall(defect, probability)
    drawn = _thinned(len(recall))
    lowest_defect = float(probability[defect].min())
    above_good = probability[probability > float(probability[~defect].max())]
    return ThresholdCurve(
        positive=positive,
        points=tuple(point(threshold) for threshold in THRESHOLDS),
        recall=recall[drawn],
        precision=precision[drawn],
        average_precision=average,
        defects=int(defect.sum()),
        good=int((~defect).sum()),
        zero_misses=point(lowest_defect) if lowest_defect > 0 else None,
        zero_false_rejects=point(float(above_good.min())) if len(above_good) else None,
    )


def defects_of(predictions: Predictions, positive: PositiveClass) -> tuple[Booleans, Floats] | None:
    """Return which images are defects, and the probability of each image to be one, shapes (n,).

    None without probabilities, or without defects or good images.
    """
    if predictions.probabilities is None or positive.accepted not in predictions.classes:
        return None
    accepted = predictions.classes.index(positive.accepted)
    defect: Booleans = predictions.truth != accepted
    if bool(defect.all()) or not bool(defect.any()):
        return None
    # The probabilities have six digits: 1 - p is rounded back to them.
    return defect, np.round(1.0 - predictions.probabilities[:, accepted], 6)


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


def _point(
    probability: Floats, defect: Booleans, threshold: float, clusters: Integers | None
) -> OperatingPoint:
    rejected = probability >= threshold

    def share_among(hits: Booleans, images: Booleans) -> Estimate:
        return share_of_images(hits[images], None if clusters is None else clusters[images])

    return OperatingPoint(
        threshold=threshold,
        missed=share_among(~rejected, defect),
        false_rejects=share_among(rejected, ~defect),
        precision=share_among(defect, rejected),
    )


def _thinned(points: int) -> slice | list[int]:
    if points <= MAXIMUM_POINTS:
        return slice(None)
    places = np.linspace(0, points - 1, MAXIMUM_POINTS).astype(int)
    return [int(place) for place in np.unique(places)]
