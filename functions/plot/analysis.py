"""Everything derived from a run's results and its dataset. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from common.documents import Verdict
from plot.inputs.dataset import Manifest
from plot.inputs.results import Results
from plot.statistics.calibration import Calibration, calibrate
from plot.statistics.comparison import Comparison
from plot.statistics.confusion import ConfusionMatrix, confusion_matrix
from plot.statistics.metrics import Scores, score
from plot.statistics.operating_points import ThresholdCurve, positive_class_of, threshold_curve


@dataclass(frozen=True)
class ClassSize:
    """How many images of a class are on each side."""

    name: str
    train: int
    validation: int

    @property
    def images(self) -> int:
        """The images of both sides."""
        return self.train + self.validation


@dataclass(frozen=True)
class Analysis:
    """The content of plots and report; None or empty where the run's files lack it.

    `class_sizes` has the largest class first.
    """

    results: Results
    split: Verdict | None = None
    manifest: Manifest = field(default_factory=Manifest)
    comparison: Comparison | None = None
    class_sizes: tuple[ClassSize, ...] = ()
    scores: Scores | None = None
    matrix: ConfusionMatrix | None = None
    calibration: Calibration | None = None
    threshold_curve: ThresholdCurve | None = None


def analyse(
    results: Results,
    split: Verdict | None = None,
    manifest: Manifest | None = None,
    comparison: Comparison | None = None,
) -> Analysis:
    """Compute all statistics."""
    train, validation = _counts(results, split)
    analysis = Analysis(
        results, split, manifest or Manifest(), comparison, _class_sizes(train, validation)
    )
    predictions = results.predictions
    if predictions is None:
        return analysis
    scores, positive = score(predictions), positive_class_of(predictions, train)
    return replace(
        analysis,
        scores=scores,
        matrix=confusion_matrix(scores),
        calibration=calibrate(predictions),
        threshold_curve=threshold_curve(predictions, positive) if positive else None,
    )


def _class_sizes(train: Mapping[str, int], validation: Mapping[str, int]) -> tuple[ClassSize, ...]:
    sizes = [
        ClassSize(name, train.get(name, 0), validation.get(name, 0))
        for name in {**train, **validation}
    ]
    return tuple(sorted(sizes, key=lambda size: (-size.images, size.name)))


def _counts(results: Results, split: Verdict | None) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the training's own counts by class, or else those of the split."""
    counts = results.configuration.counts
    if counts.train or counts.validation or split is None:
        return counts.train, counts.validation
    sides = [
        {name: of_class.get(side, 0) for name, of_class in split.classes.items()}
        for side in ("train", "validation")
    ]
    return sides[0], sides[1]
