"""The figures on the sealed test set, and what it is still worth after several looks. Pure.

Who picks the best of k runs by their figures on one test set picks luck, too. At a risk of 5 % / k
each, all k intervals hold at once with 95 % (Bonferroni), so the best run's does as well. That is
true as long as no run was made because of what a look showed; where one was, even these intervals
can be too narrow: Dwork and others, 2015, https://doi.org/10.1126/science.aaa9375; Blum and Hardt,
2015, https://arxiv.org/abs/1502.04585.
"""

from __future__ import annotations

from dataclasses import dataclass

from common.wording import count
from plot.inputs.predictions import Predictions
from plot.statistics.clusters import macro_f1_interval, share_of_images
from plot.statistics.intervals import RISK, Estimate, normal_quantile
from plot.statistics.metrics import Scores, score


@dataclass(frozen=True)
class SealedTestFigures:
    """The figures at look number `looks` at this test set, and their intervals.

    `accuracy`, `macro_f1_interval` and the `recall` by class hold for one run alone. The others
    hold for the best of all runs so far, and are the same at the first look. Macro F1 has no
    interval without a mistake.
    """

    scores: Scores
    looks: int
    accuracy: Estimate
    macro_f1_interval: tuple[float, float] | None
    accuracy_of_best: Estimate
    macro_f1_interval_of_best: tuple[float, float] | None
    recall: dict[str, Estimate]

    @property
    def worth(self) -> int:
        """How many images would have proven as much at the first look."""
        shrunk = (normal_quantile(RISK) / normal_quantile(RISK / self.looks)) ** 2
        return round(self.scores.images * shrunk)

    @property
    def sentence(self) -> str:
        """How often the test set was looked at and what that does to its worth, in words."""
        images = count(self.scores.images, "image")
        if self.looks == 1:
            return (
                f"This run is the first that was measured on these {images}. Nothing was chosen by "
                "them, so their figures mean what they say."
            )
        return (
            f"This run is number {self.looks:,} that was measured on these {images} or some of "
            f"them. The best of {count(self.looks, 'run')} is partly the luckiest: its figures are "
            f"only as certain as {count(self.worth, 'image')} would have made them at the first "
            "look."
        )


def judge_sealed_test(predictions: Predictions, looks: int) -> SealedTestFigures:
    """Compute the figures of the run that was the latest of so many to be measured."""
    right, clusters = predictions.right, predictions.clusters
    of_class = {name: predictions.truth == n for n, name in enumerate(predictions.classes)}
    of_best = RISK / looks
    return SealedTestFigures(
        scores=score(predictions),
        looks=looks,
        accuracy=share_of_images(right, clusters),
        macro_f1_interval=macro_f1_interval(predictions),
        accuracy_of_best=share_of_images(right, clusters, of_best),
        macro_f1_interval_of_best=macro_f1_interval(predictions, of_best),
        recall={
            name: share_of_images(right[mask], None if clusters is None else clusters[mask])
            for name, mask in of_class.items()
        },
    )
