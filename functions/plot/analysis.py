"""Everything derived from a run's results and its dataset. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from common.defect_decision import DefectDecision
from common.documents import Verdict
from plot.inputs.dataset import Manifest
from plot.inputs.predictions import Predictions
from plot.inputs.results import Results
from plot.label_review.findings import Findings, findings_of
from plot.statistics.calibration import Calibration, calibrate
from plot.statistics.comparison import Comparison
from plot.statistics.confusion import ConfusionMatrix, confusion_matrix
from plot.statistics.evidence import ClassEvidence, evidence_of
from plot.statistics.metrics import Scores, score
from plot.statistics.operating_points import (
    PositiveClass,
    ThresholdCurve,
    positive_class_of,
    threshold_curve,
)
from plot.statistics.out_of_sample import OutOfSample, judge_out_of_sample
from plot.statistics.sealed_test import SealedTestFigures, judge_sealed_test


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

    `class_sizes` has the largest class first. `scores` and `matrix` are of the validation images;
    `evidence` is of all images out of sample where they can tell, and so are the `judged`
    predictions, with `calibration` and `threshold_curve`, where their probabilities are known.
    A `wanted_miss_rate` of 0 wants none, and there is no `decision`.
    """

    results: Results
    split: Verdict | None = None
    manifest: Manifest = field(default_factory=Manifest)
    comparison: Comparison | None = None
    class_sizes: tuple[ClassSize, ...] = ()
    scores: Scores | None = None
    matrix: ConfusionMatrix | None = None
    out_of_sample: OutOfSample | None = None
    sealed_test: SealedTestFigures | None = None
    judged: Predictions | None = None
    evidence: tuple[ClassEvidence, ...] = ()
    positive: PositiveClass | None = None
    calibration: Calibration | None = None
    threshold_curve: ThresholdCurve | None = None
    wanted_miss_rate: float = 0.0
    decision: DefectDecision | None = None
    findings: Findings | None = None

    @property
    def has_evidence_of_all(self) -> bool:
        """Whether the `evidence` is of all images, out of sample."""
        return self.out_of_sample is not None and self.out_of_sample.can_tell

    @property
    def judged_out_of_sample(self) -> bool:
        """Whether the `judged` predictions are those out of sample."""
        return self.judged is not None and self.judged is self.results.out_of_sample

    @property
    def measured_on(self) -> str:
        """The images of the `judged` predictions, in words."""
        return "all images, out of sample" if self.judged_out_of_sample else "the validation images"


def analyse(
    results: Results,
    split: Verdict | None = None,
    manifest: Manifest | None = None,
    comparison: Comparison | None = None,
    looks: int = 0,
) -> Analysis:
    """Compute all statistics; `looks` is how often the sealed test set was looked at so far."""
    train, validation = _counts(results, split)
    manifest = manifest or Manifest()
    review = results.review
    analysis = Analysis(
        results,
        split,
        manifest,
        comparison,
        _class_sizes(train, validation),
        findings=findings_of(review, manifest.raw_objects) if review else None,
        sealed_test=judge_sealed_test(results.test_predictions, looks)
        if results.test_predictions and looks
        else None,
    )
    predictions = results.predictions
    if predictions is None:
        return analysis
    scores, scaling = score(predictions), results.scaling
    out_of_sample = _out_of_sample(results)
    telling = predictions
    if out_of_sample and out_of_sample.can_tell and results.out_of_sample:
        telling = results.out_of_sample
    judged = predictions if telling.probabilities is None else telling
    positive = positive_class_of(judged, train)
    return replace(
        analysis,
        scores=scores,
        matrix=confusion_matrix(scores),
        out_of_sample=out_of_sample,
        judged=judged,
        evidence=evidence_of(telling),
        positive=positive,
        calibration=calibrate(judged, scaling.temperature if scaling else None),
        threshold_curve=threshold_curve(judged, positive) if positive else None,
    )


def _out_of_sample(results: Results) -> OutOfSample | None:
    if results.out_of_sample is None:
        return None
    folds = results.scaling.folds if results.scaling else 0
    return judge_out_of_sample(results.out_of_sample, folds)


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
