"""Calibration: whether predictions with 90 % confidence are right nine times in ten.

Ten bins of equal width and the expected calibration error: Guo, Pleiss, Sun and Weinberger, 2017,
https://arxiv.org/abs/1706.04599 (they take fifteen; our validation sets are small).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.wording import percent
from plot.inputs.predictions import Predictions
from plot.statistics.intervals import Estimate, share

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The images with about the same confidence: the mean, and the share that is right."""

    low: float
    high: float
    confidence: float
    right: Estimate


@dataclass(frozen=True)
class Calibration:
    """The bins that have images; `error` is the expected calibration error."""

    bins: tuple[Bin, ...]
    error: float
    mean_confidence: float
    accuracy: float

    @property
    def sentence(self) -> str:
        """The finding in words."""
        gap = self.mean_confidence - self.accuracy
        if self.error < 0.05:
            finding = "The model is well calibrated"
        elif gap > 0:
            finding = "The model is overconfident"
        elif gap < 0:
            finding = "The model is underconfident"
        else:
            finding = "The model is overconfident in some bins, underconfident in others"
        return (
            f"{finding}: mean confidence {percent(self.mean_confidence)}, accuracy "
            f"{percent(self.accuracy)}, expected calibration error {100 * self.error:.1f} "
            "percentage points."
        )


def calibrate(predictions: Predictions) -> Calibration | None:
    """Compare confidence and accuracy by bin; None when no confidence is known."""
    known = ~np.isnan(predictions.confidence)
    if not bool(known.any()):
        return None
    confidence, right = predictions.confidence[known], predictions.right[known]
    edges = np.linspace(0, 1, BINS + 1)
    # A bin includes its upper end, not its lower: certainty belongs to the last one.
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, BINS - 1)
    bins = []
    for place in range(BINS):
        inside = places == place
        count = int(inside.sum())
        if count:
            mean = float(confidence[inside].mean())
            hits = int(right[inside].sum())
            bins.append(Bin(float(edges[place]), float(edges[place + 1]), mean, share(hits, count)))
    error = sum(group.right.of * abs(group.right.value - group.confidence) for group in bins)
    return Calibration(
        bins=tuple(bins),
        error=error / len(confidence),
        mean_confidence=float(confidence.mean()),
        accuracy=float(right.mean()),
    )
