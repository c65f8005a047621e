"""The figures over all images, each judged by a classifier that never saw its like. Pure.

The folds keep near copies and groups together: the classifier that judges an image was trained
without it, without its near copies and without its group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.wording import count
from plot.inputs.predictions import Predictions
from plot.statistics.clusters import macro_f1_interval, share_of_images
from plot.statistics.intervals import Estimate
from plot.statistics.metrics import Scores, score


@dataclass(frozen=True)
class OutOfSample:
    """The figures out of sample; the intervals allow for images that resemble each other.

    `recall` is by class; `largest_cluster` is a number of images.
    """

    scores: Scores
    accuracy: Estimate
    macro_f1_interval: tuple[float, float] | None
    recall: dict[str, Estimate]
    folds: int
    clusters: int
    largest_cluster: int

    @property
    def can_tell(self) -> bool:
        """Whether near copies tell parts apart: not if most images resemble each other."""
        return 2 * self.largest_cluster <= self.scores.images

    @property
    def sentence(self) -> str:
        """How the images were judged, in words."""
        images = count(self.scores.images, "image")
        if not self.can_tell:
            return (
                f"One cluster has {self.largest_cluster:,} of the {images}: they look alike, as "
                "under a fixed camera. Near copies can't be told from other parts here, so no "
                "figure shows how the model does on new parts. Only folders can: put the "
                "photographs of each part in a folder of their own below the class."
            )
        folds = f"{count(self.folds, 'fold')} judged" if self.folds else "Folds judged"
        return (
            f"{folds} each of the {images} once, with a classifier that was trained without it. "
            "Near copies and groups stayed together "
            f"({count(self.clusters, 'cluster')}), so the classifier knew none of them either."
        )


def judge_out_of_sample(predictions: Predictions, folds: int) -> OutOfSample | None:
    """Compute the figures; None when the predictions have no clusters."""
    if predictions.clusters is None:
        return None
    sizes = np.unique(predictions.clusters, return_counts=True)[1]
    can_tell = 2 * int(sizes.max()) <= len(predictions)
    of_class = [predictions.truth == place for place in range(len(predictions.classes))]
    return OutOfSample(
        scores=score(predictions),
        accuracy=share_of_images(predictions.right, predictions.clusters),
        macro_f1_interval=macro_f1_interval(predictions) if can_tell else None,
        recall={
            name: share_of_images(predictions.right[mask], predictions.clusters[mask])
            for name, mask in zip(predictions.classes, of_class, strict=True)
        },
        folds=folds,
        clusters=len(sizes),
        largest_cluster=int(sizes.max()),
    )
