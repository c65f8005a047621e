"""Whether "90 % sure" is right nine times of ten: confidences against the share that is right.

Ten bins of equal width and the expected calibration error: Guo, Pleiss, Sun and Weinberger, 2017,
https://arxiv.org/abs/1706.04599 (they take fifteen; a validation set of ours is small).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plot.inputs.predictions import Predictions
from plot.statistics.intervals import Estimate, share

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The images of which the model was about equally sure."""

    low: float
    high: float
    confidence: float
    right: Estimate


@dataclass(frozen=True)
class Calibration:
    """The bins that have images, and by how much confidence and truth differ on average."""

    bins: tuple[Bin, ...]
    error: float
    mean_confidence: float
    accuracy: float

    @property
    def images(self) -> int:
        """How many images have a known confidence."""
        return sum(one.right.of for one in self.bins)

    @property
    def sentence(self) -> str:
        """Say what the error means."""
        gap = self.mean_confidence - self.accuracy
        if self.error < 0.05:
            manner = "The probabilities can be taken as they are"
        elif gap > 0:
            manner = "The model is surer than it is right"
        elif gap < 0:
            manner = "The model is right more often than it is sure"
        else:
            manner = "The probabilities are off, up and down"
        return (
            f"{manner}: it is {100 * self.mean_confidence:.0f} % sure on average and right in "
            f"{100 * self.accuracy:.0f} % of the cases; the gap per bin is "
            f"{100 * self.error:.1f} points on average."
        )


def calibrate(predictions: Predictions) -> Calibration | None:
    """Compare the confidence with what is right; None when no confidence is known."""
    known = ~np.isnan(predictions.confidence)
    if not bool(known.any()):
        return None
    confidence, right = predictions.confidence[known], predictions.right[known]
    edges = np.linspace(0, 1, BINS + 1)
    # A bin has its upper end, not its lower: certainty belongs to the last one.
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, BINS - 1)
    bins = []
    for place in range(BINS):
        inside = places == place
        count = int(inside.sum())
        if count:
            mean = float(confidence[inside].mean())
            hits = int(right[inside].sum())
            bins.append(Bin(float(edges[place]), float(edges[place + 1]), mean, share(hits, count)))
    error = sum(one.right.of * abs(one.right.value - one.confidence) for one in bins)
    return Calibration(
        bins=tuple(bins),
        error=error / len(confidence),
        mean_confidence=float(confidence.mean()),
        accuracy=float(right.mean()),
    )
