"""How a run ended, as it is kept in `runs/<run>/metrics.json`. Pure.

The record is the last file of a run to be written: an event that finds the record and all files
that it lists leaves them as they are, and at most notifies people. A field that was never set isn't
written.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, ValidationError

from common import clock
from common.documents import RunState, StatusFacts
from plot.analysis import Analysis
from plot.job_end import Costs, JobEnd
from plot.statistics.comparison import Comparison
from plot.statistics.intervals import Estimate
from plot.statistics.metrics import Scores

Moment = Annotated[AwareDatetime, PlainSerializer(clock.to_text, return_type=str)]


class RunFacts(BaseModel):
    """Facts beside the sentence, for the status and the message; `report` and `plots` are keys."""

    run: str = ""
    report: str = ""
    dataset: str = ""
    training_minutes: float | None = None
    what_to_do: str = ""
    failure_reason: str = ""
    epochs: int | None = None
    best_epoch: int | None = None
    exported_epoch: int | None = None
    validation_accuracy: str | None = None
    images: str = ""
    plots: list[str] = []
    warnings: list[str] = []

    def to_status(self) -> StatusFacts:
        """Return the facts that are known of this run."""
        return cast(StatusFacts, self.model_dump(exclude_unset=True))


class RunEnd(BaseModel):
    """How a run ended: a state of the status page, a sentence, and facts beside it."""

    state: RunState
    sentence: str
    facts: RunFacts = RunFacts()


class RecordedEstimate(BaseModel):
    """An estimate, rounded to six digits; None where there was no image."""

    value: float | None
    low: float | None
    high: float | None
    hits: int
    of: int


class RecordedClass(BaseModel):
    """The figures of one class."""

    precision: RecordedEstimate
    recall: RecordedEstimate
    f1: RecordedEstimate


class RecordedComparison(BaseModel):
    """The comparison with the previous run."""

    run_before: str
    verdict: str
    shared_images: int
    mended: int
    broken: int
    p_value: float


class Figures(BaseModel):
    """The figures of a run; those that its results don't give aren't set."""

    accuracy: RecordedEstimate | None = None
    macro_f1: float | None = None
    balanced_accuracy: float | None = None
    majority_accuracy: float | None = None
    weakest_class: str | None = None
    classes: dict[str, RecordedClass] = {}
    calibration_error: float | None = None
    warnings: list[str] = []
    comparison: RecordedComparison | None = None
    training_seconds: int | None = None
    billable_seconds: int | None = None
    is_spot: bool | None = None
    instance_type: str | None = None
    image: str | None = None


class RunRecord(BaseModel):
    """What is kept of a run; `files` are keys."""

    model_config = ConfigDict(frozen=True)

    run: str
    dataset: str
    state: RunState
    sentence: str
    ended_at: Moment
    facts: RunFacts = RunFacts()
    figures: Figures = Figures()
    files: list[str] = []

    @property
    def end(self) -> RunEnd:
        """How the run ended, in words."""
        return RunEnd(state=self.state, sentence=self.sentence, facts=self.facts)

    def to_json(self) -> bytes:
        """Write it for metrics.json."""
        return self.model_dump_json(indent=1, exclude_unset=True).encode()


def make_record(
    job: JobEnd, end: RunEnd, analysis: Analysis, costs: Costs, files: Collection[str]
) -> RunRecord:
    """Put together what is kept."""
    return RunRecord(
        run=job.run,
        dataset=job.dataset,
        state=end.state,
        sentence=end.sentence,
        ended_at=job.ended_at,
        facts=end.facts,
        figures=_figures(analysis, costs),
        files=sorted(files),
    )


def read_record(body: bytes | None, present: Collection[str]) -> RunRecord | None:
    """Read metrics.json; None when it isn't there, or not all that it lists is `present`."""
    try:
        record = RunRecord.model_validate_json(body or b"")
    except ValidationError:
        return None
    return record if set(record.files) <= set(present) else None


def _figures(analysis: Analysis, costs: Costs) -> Figures:
    figures = Figures(**asdict(costs))
    if analysis.results.scores:
        _add_scores(figures, analysis.results.scores)
    if analysis.calibration:
        figures.calibration_error = _rounded(analysis.calibration.error)
    if analysis.results.audit:
        figures.warnings = [warning.code for warning in analysis.results.audit.warnings]
    if analysis.comparison:
        figures.comparison = _comparison(analysis.comparison)
    return figures


def _add_scores(figures: Figures, scores: Scores) -> None:
    figures.accuracy = _estimate(scores.accuracy)
    figures.macro_f1 = _rounded(scores.macro_f1)
    figures.balanced_accuracy = _rounded(scores.balanced_accuracy)
    figures.majority_accuracy = _rounded(scores.majority[1].value)
    figures.weakest_class = scores.weakest.name if scores.weakest else None
    figures.classes = {
        score.name: RecordedClass(
            precision=_estimate(score.precision),
            recall=_estimate(score.recall),
            f1=_estimate(score.f1),
        )
        for score in scores.by_class
    }


def _comparison(comparison: Comparison) -> RecordedComparison:
    return RecordedComparison(
        run_before=comparison.before_run,
        verdict=comparison.verdict,
        shared_images=comparison.shared,
        mended=comparison.mended,
        broken=comparison.broken,
        p_value=round(comparison.p_value, 6),
    )


def _estimate(estimate: Estimate) -> RecordedEstimate:
    return RecordedEstimate(
        value=_rounded(estimate.value),
        low=_rounded(estimate.low),
        high=_rounded(estimate.high),
        hits=estimate.hits,
        of=estimate.of,
    )


def _rounded(value: float) -> float | None:
    """Round to six digits; None for NaN, which JSON doesn't know."""
    return None if math.isnan(value) else round(value, 6)
