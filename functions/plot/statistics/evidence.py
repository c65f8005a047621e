"""What the images of each class prove about it, with near copies counted once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plot.inputs.predictions import Booleans, Predictions
from plot.statistics.intervals import proven_below


@dataclass(frozen=True)
class ClassEvidence:
    """The images of one class that were judged, and how many of them were found.

    The `parts` are independent of each other: its clusters, or without clusters its images. A part
    is missed if any of its images is, and found if any of them is.
    """

    name: str
    images: int
    found: int
    parts: int
    parts_missed: int
    parts_found: int

    @property
    def missed(self) -> int:
        """The number of images missed."""
        return self.images - self.found

    @property
    def miss_rate_below(self) -> float:
        """The proven upper bound of the miss rate; 1.0 when nothing is proven."""
        return proven_below(self.parts_missed, self.parts)

    @cached_property
    def recall_below(self) -> float:
        """The proven upper bound of the recall; 1.0 when nothing is proven."""
        return proven_below(self.parts_found, self.parts)


def evidence_of(predictions: Predictions) -> tuple[ClassEvidence, ...]:
    """Count the images and parts of each class, in the order of the classes."""
    return tuple(
        _evidence(name, predictions, predictions.truth == place)
        for place, name in enumerate(predictions.classes)
    )


def _evidence(name: str, predictions: Predictions, of_class: Booleans) -> ClassEvidence:
    right = predictions.right[of_class]
    images, found = len(right), int(right.sum())
    if predictions.clusters is None:
        return ClassEvidence(name, images, found, images, images - found, found)
    clusters = predictions.clusters[of_class]
    return ClassEvidence(
        name,
        images,
        found,
        parts=len(np.unique(clusters)),
        parts_missed=len(np.unique(clusters[~right])),
        parts_found=len(np.unique(clusters[right])),
    )
