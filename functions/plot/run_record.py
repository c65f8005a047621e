"""How a run ended, as it is kept in `runs/<run>/metrics.json`. Pure.

The record is the last file of a run to be written: an event that finds the record and all files
that it lists leaves them as they are, and at most notifies people. A field that was never set isn't
written.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError

from common.documents import Timestamp
from common.status_document import ModelState, RunState, StatusFacts
from plot.analysis import Analysis
from plot.job_end import Costs, JobEnd
from plot.statistics.out_of_sample import OutOfSample


def _rounded(value: Any) -> Any:
    """Round to six digits; None for NaN, which JSON doesn't know."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else round(value, 6)


Rounded = Annotated[float | None, BeforeValidator(_rounded)]


class RunEnd(BaseModel):
    """How a run ended: a state of the status page, a sentence, and facts beside it.

    `model` is what the gate made of its model, None if it has none or is older than the gate.
    """

    state: RunState
    sentence: str
    model: ModelState | None = None
    facts: StatusFacts = {}


class RecordedEstimate(BaseModel):
    """An estimate; its numbers are None where there was no image."""

    value: Rounded
    low: Rounded
    high: Rounded
    hits: int
    of: int


class RecordedClass(BaseModel):
    """The figures of one class."""

    precision: RecordedEstimate
    recall: RecordedEstimate
    f1: RecordedEstimate


class RecordedOutOfSample(BaseModel):
    """The figures over all images, each judged by a classifier that never saw it."""

    accuracy: RecordedEstimate
    macro_f1: Rounded
    macro_f1_low: Rounded = None
    macro_f1_high: Rounded = None
    folds: int
    clusters: int


class RecordedSealedTest(BaseModel):
    """The figures on the sealed test set, at look number `looks` at it.

    Those of the best allow for the choice of the best of so many runs.
    """

    test_set: str | None
    looks: int
    accuracy: RecordedEstimate
    macro_f1: Rounded
    macro_f1_interval: tuple[Rounded, Rounded] | None
    accuracy_of_best: RecordedEstimate
    macro_f1_interval_of_best: tuple[Rounded, Rounded] | None


class RecordedComparison(BaseModel):
    """The comparison with the previous run."""

    run_before: str
    verdict: str
    shared_images: int
    mended: int
    broken: int
    p_value: Rounded


class Figures(BaseModel):
    """The figures of a run; those that its results don't give aren't set."""

    accuracy: RecordedEstimate | None = None
    macro_f1: Rounded = None
    balanced_accuracy: Rounded = None
    majority_accuracy: Rounded = None
    weakest_class: str | None = None
    classes: dict[str, RecordedClass] = {}
    out_of_sample: RecordedOutOfSample | None = None
    sealed_test: RecordedSealedTest | None = None
    calibration_error: Rounded = None
    calibration_error_before_scaling: Rounded = None
    temperature: Rounded = None
    warnings: list[str] = []
    doubtful_labels: int | None = None
    comparison: RecordedComparison | None = None
    images: int | None = None
    training_seconds: int | None = None
    billable_seconds: int | None = None
    is_spot: bool | None = None
    instance_type: str | None = None
    machines_refused: list[str] = []
    image: str | None = None


class RunRecord(RunEnd):
    """What is kept of a run; `files` are keys."""

    run: str
    dataset: str
    ended_at: Timestamp
    figures: Figures = Figures()
    files: list[str] = []

    def to_json(self) -> bytes:
        """Write it for metrics.json."""
        return self.model_dump_json(indent=1, exclude_unset=True).encode()


def make_record(
    job: JobEnd, end: RunEnd, analysis: Analysis, costs: Costs, files: Collection[str]
) -> RunRecord:
    """Put together what is kept."""
    return RunRecord(
        **end.model_dump(exclude_unset=True),
        run=job.run,
        dataset=job.dataset,
        ended_at=job.ended_at,
        figures=_figures(analysis, costs),
        files=sorted(files),
    )


def read_record(body: bytes | None, present: Collection[str] | None = None) -> RunRecord | None:
    """Read metrics.json; None when it isn't there, or not all that it lists is `present`."""
    try:
        record = RunRecord.model_validate_json(body or b"")
    except ValidationError:
        return None
    return record if present is None or set(record.files) <= set(present) else None


def _figures(analysis: Analysis, costs: Costs) -> Figures:
    scores, comparison = analysis.scores, analysis.comparison
    images = sum(size.images for size in analysis.class_sizes)
    figures: dict[str, Any] = asdict(costs) | {"images": images or None}
    if scores:
        figures |= {
            "accuracy": scores.accuracy,
            "macro_f1": scores.macro_f1,
            "balanced_accuracy": scores.balanced_accuracy,
            "majority_accuracy": scores.majority[1].value,
            "weakest_class": scores.weakest.name if scores.weakest else None,
            "classes": {score.name: score for score in scores.by_class},
        }
    if analysis.out_of_sample:
        figures["out_of_sample"] = _recorded(analysis.out_of_sample)
    figures |= _recorded_test(analysis)
    if calibration := analysis.calibration:
        figures["calibration_error"] = calibration.after.error
        if calibration.before:
            figures["calibration_error_before_scaling"] = calibration.before.error
            figures["temperature"] = calibration.temperature
    if analysis.results.audit:
        figures["warnings"] = [warning.code for warning in analysis.results.audit.warnings]
    if analysis.findings:
        figures["doubtful_labels"] = analysis.findings.doubtful
    if comparison:
        figures["comparison"] = comparison
    return Figures.model_validate(figures, from_attributes=True)


def _recorded(judged: OutOfSample) -> dict[str, Any]:
    figures = {
        "accuracy": judged.accuracy,
        "macro_f1": judged.scores.macro_f1,
        "folds": judged.folds,
        "clusters": judged.clusters,
    }
    if judged.macro_f1_interval:
        low, high = judged.macro_f1_interval
        figures |= {"macro_f1_low": low, "macro_f1_high": high}
    return figures


def _recorded_test(analysis: Analysis) -> dict[str, Any]:
    figures, test = analysis.sealed_test, analysis.results.test
    if figures is None or test is None:
        return {}
    more = {"test_set": test.test_set, "macro_f1": figures.scores.macro_f1}
    return {"sealed_test": vars(figures) | more}
