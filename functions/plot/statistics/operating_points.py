"""How missed defects and false rejects trade against each other. Pure.

An image is rejected when the probability that it is a defect reaches the threshold. A defect that
is not rejected is missed; a good image that is rejected is a false reject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Booleans, Floats, Predictions
from plot.statistics.intervals import Estimate, share

GOOD = "good"
GRID = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Question:
    """Which class is let pass, and why it was taken for that one."""

    accepted: str
    rejected: str
    reason: str


@dataclass(frozen=True)
class Threshold:
    """What rejecting at and above `value` does."""

    value: float
    missed: Estimate
    false_rejects: Estimate
    precision: Estimate


@dataclass(frozen=True)
class Trade:
    """The trade between the two mistakes, and the precision-recall curve.

    `recall` and `precision` run from the highest threshold to the lowest, one point for each
    probability that occurs, thinned for drawing; `lossless` is the highest threshold that misses
    no defect of the validation images, `spotless` the lowest that rejects no good one.
    """

    question: Question
    rows: tuple[Threshold, ...]
    recall: Floats
    precision: Floats
    average_precision: float
    defects: int
    good: int
    lossless: Threshold | None
    spotless: Threshold | None


def question_of(predictions: Predictions, train_counts: Mapping[str, int]) -> Question | None:
    """Decide what is accepted; None when neither two classes nor the name `good` tell."""
    named = [name for name in predictions.classes if name.strip().casefold() == GOOD]
    if named:
        others = [name for name in predictions.classes if name != named[0]]
        rejected = others[0] if len(others) == 1 else "any other class"
        return Question(named[0], rejected, f"it is named {GOOD!r}")
    if len(predictions.classes) != 2:
        return None
    sizes = [train_counts.get(name, 0) for name in predictions.classes]
    large = int(sizes[1] > sizes[0])
    reason = "it has more training images" if sizes[0] != sizes[1] else "it comes first"
    return Question(predictions.classes[large], predictions.classes[1 - large], reason)


def weigh(predictions: Predictions, question: Question) -> Trade | None:
    """Count both mistakes at every threshold; None without probabilities, or without both kinds."""
    if predictions.probabilities is None:
        return None
    accepted = predictions.classes.index(question.accepted)
    chance = 1.0 - predictions.probabilities[:, accepted]
    defect = predictions.truth != accepted
    if bool(defect.all()) or not bool(defect.any()):
        return None
    recall, precision, average = precision_recall(defect, chance)
    kept = _thin(len(recall))
    # The probabilities have six digits: 1 - p is rounded back to them.
    lossless = float(np.round(chance[defect].min(), 6))
    largest_good = float(chance[~defect].max())
    above = chance[chance > largest_good]
    spotless = float(np.round(above.min(), 6)) if len(above) else None
    return Trade(
        question=question,
        rows=tuple(_at(chance, defect, value) for value in GRID),
        recall=recall[kept],
        precision=precision[kept],
        average_precision=average,
        defects=int(defect.sum()),
        good=int((~defect).sum()),
        lossless=_at(chance, defect, lossless) if lossless > 0 else None,
        spotless=_at(chance, defect, spotless) if spotless is not None else None,
    )


def precision_recall(positive: Booleans, chance: Floats) -> tuple[Floats, Floats, float]:
    """Return recall, precision and the average precision, highest threshold first.

    Shapes (points,), one point per probability that occurs, without the point at recall 0.
    """
    order = np.argsort(-chance, kind="stable")
    ranked, hits = chance[order], np.cumsum(positive[order])
    # Only where the next image has another probability can a threshold lie.
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    found = hits[last]
    precision = found / (last + 1)
    recall = found / hits[-1]
    average = float(np.sum(np.diff(np.append(0.0, recall)) * precision))
    return recall, precision, average


def _at(chance: Floats, defect: Booleans, value: float) -> Threshold:
    rejected = np.round(chance, 6) >= value
    found = int((rejected & defect).sum())
    rejects = int((rejected & ~defect).sum())
    defects = int(defect.sum())
    return Threshold(
        value=value,
        missed=share(defects - found, defects),
        false_rejects=share(rejects, len(defect) - defects),
        precision=share(found, found + rejects),
    )


def _thin(points: int, wanted: int = 400) -> slice | list[int]:
    if points <= wanted:
        return slice(None)
    return [int(place) for place in np.unique(np.linspace(0, points - 1, wanted).astype(int))]
