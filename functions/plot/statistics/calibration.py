"""Calibration: whether predictions with 90 % confidence are right nine times in ten.

Ten bins of equal width, the expected calibration error, and temperature scaling, which divides the
logits by one number: Guo, Pleiss, Sun and Weinberger, 2017, https://arxiv.org/abs/1706.04599 (they
take fifteen bins; our sets are small).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.wording import count, percent
from plot.inputs.predictions import Booleans, Floats, Integers, Predictions
from plot.statistics.clusters import share_of_images
from plot.statistics.intervals import Estimate

BINS = 10
WELL_CALIBRATED = 0.05
ROWS_AT_ONCE = 10_000  # a copy of all probabilities would take as much memory again


@dataclass(frozen=True)
class Bin:
    """The images with about the same confidence: the mean, and the share that is right."""

    low: float
    high: float
    confidence: float
    right: Estimate


@dataclass(frozen=True)
class Reliability:
    """The bins that have images; `error` is the expected calibration error."""

    bins: tuple[Bin, ...]
    error: float
    mean_confidence: float


@dataclass(frozen=True)
class Calibration:
    """The calibration of so many images, and what it was before temperature scaling, if known."""

    after: Reliability
    accuracy: float
    images: int
    before: Reliability | None = None
    temperature: float | None = None

    @property
    def sentence(self) -> str:
        """The finding in words."""
        gap = self.after.mean_confidence - self.accuracy
        if self.after.error < WELL_CALIBRATED:
            finding = "The model is well calibrated"
        elif gap > 0:
            finding = "The model is overconfident"
        elif gap < 0:
            finding = "The model is underconfident"
        else:
            finding = "The model is overconfident in some bins, underconfident in others"
        sentence = (
            f"{finding}: mean confidence {percent(self.after.mean_confidence)}, accuracy "
            f"{percent(self.accuracy)}, expected calibration error {points(self.after.error)} on "
            f"{count(self.images, 'image')}."
        )
        if self.before is None or self.temperature is None:
            return sentence
        return (
            f"{sentence} Before temperature scaling (temperature {self.temperature:.2f}) the mean "
            f"confidence was {percent(self.before.mean_confidence)} and the error "
            f"{points(self.before.error)}."
        )


def points(error: float) -> str:
    """Write an error in percentage points."""
    return f"{100 * error:.1f} percentage points"


def calibrate(predictions: Predictions, temperature: float | None = None) -> Calibration | None:
    """Compare confidence and accuracy by bin; None when no confidence is known.

    The probabilities are those after scaling: before, they were softmax(temperature * log p).
    """
    known = ~np.isnan(predictions.confidence)
    if not bool(known.any()):
        return None
    right = predictions.right[known]
    clusters = None if predictions.clusters is None else predictions.clusters[known]
    before = None
    if temperature is not None and predictions.probabilities is not None:
        unscaled = _unscaled_confidence(predictions, temperature)[known]
        before = _reliability(unscaled, right, clusters)
    return Calibration(
        after=_reliability(predictions.confidence[known], right, clusters),
        accuracy=float(right.mean()),
        images=len(right),
        before=before,
        temperature=temperature,
    )


def _unscaled_confidence(predictions: Predictions, temperature: float) -> Floats:
    """Return the probability of the predicted class before scaling, shape (n,)."""
    assert predictions.probabilities is not None
    confidence = np.empty(len(predictions))
    for start in range(0, len(predictions), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        # Relative to the largest: a power of tiny probabilities must not become 0 / 0.
        probabilities = predictions.probabilities[rows]
        largest = np.maximum(probabilities.max(axis=1, keepdims=True), np.finfo(float).tiny)
        powers = (probabilities / largest) ** temperature
        own = np.take_along_axis(powers, predictions.predicted[rows, np.newaxis], axis=1)[:, 0]
        confidence[rows] = own / np.maximum(powers.sum(axis=1), np.finfo(float).tiny)
    return confidence


def _reliability(confidence: Floats, right: Booleans, clusters: Integers | None) -> Reliability:
    edges = np.linspace(0, 1, BINS + 1)
    # A bin includes its upper end, not its lower: certainty belongs to the last one.
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, BINS - 1)
    bins = []
    for place in range(BINS):
        inside = places == place
        if bool(inside.any()):
            share = share_of_images(right[inside], None if clusters is None else clusters[inside])
            mean = float(confidence[inside].mean())
            bins.append(Bin(float(edges[place]), float(edges[place + 1]), mean, share))
    error = sum(group.right.of * abs(group.right.value - group.confidence) for group in bins)
    return Reliability(tuple(bins), error / len(confidence), float(confidence.mean()))
