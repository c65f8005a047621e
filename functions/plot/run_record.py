"""How a run ended, as it is kept in `runs/<run>/metrics.json`. Pure.

It is written after everything else of a run and lists it: a second event that finds the record and
all it lists has nothing left to do but what the record says.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from common import clock
from plot.analysis import Analysis
from plot.costs import Costs
from plot.job_end import JobEnd
from plot.reporting import RunEnd
from plot.statistics.intervals import Estimate


@dataclass(frozen=True)
class RunRecord:
    """What is kept of a run; `files` are keys."""

    run: str
    dataset: str
    state: str
    sentence: str
    ended_at: str
    facts: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def report(self) -> RunEnd:
        """How the run ended, in words."""
        return RunEnd(self.state, self.sentence, self.facts)

    def to_json(self) -> bytes:
        """Write it for metrics.json."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False).encode()


def make_record(
    job: JobEnd, told: RunEnd, analysis: Analysis, costs: Costs, files: Collection[str]
) -> RunRecord:
    """Take together what is kept."""
    return RunRecord(
        run=job.run,
        dataset=job.dataset,
        state=told.state,
        sentence=told.sentence,
        ended_at=clock.to_text(job.ended_at),
        facts=told.facts,
        figures=_figures(analysis) | asdict(costs),
        files=sorted(files),
    )


def read_record(body: bytes | None, present: Collection[str]) -> RunRecord | None:
    """Read metrics.json; None when it is not there, or not all that it lists is `present`."""
    try:
        record = RunRecord(**json.loads(body or b"null"))
    except (ValueError, TypeError):
        return None
    return record if set(record.files) <= set(present) else None


def _figures(analysis: Analysis) -> dict[str, Any]:
    scores, comparison = analysis.results.scores, analysis.comparison
    figures: dict[str, Any] = {}
    if scores:
        weakest = scores.weakest
        figures |= {
            "accuracy": _estimate(scores.accuracy),
            "macro_f1": _rounded(scores.macro_f1),
            "balanced_accuracy": _rounded(scores.balanced_accuracy),
            "majority_accuracy": _rounded(scores.majority[1].value),
            "weakest_class": weakest.name if weakest else None,
            "classes": {
                one.name: {
                    name: _estimate(getattr(one, name)) for name in ("precision", "recall", "f1")
                }
                for one in scores.by_class
            },
        }
    if analysis.calibration:
        figures["calibration_error"] = _rounded(analysis.calibration.error)
    if analysis.results.audit:
        figures["warnings"] = [warning.code for warning in analysis.results.audit.warnings]
    if comparison:
        figures["comparison"] = {
            "run_before": comparison.before_run,
            "verdict": comparison.verdict,
            "shared_images": comparison.shared,
            "mended": comparison.mended,
            "broken": comparison.broken,
            "p_value": _rounded(comparison.p_value),
        }
    return figures


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": _rounded(estimate.value),
        "low": _rounded(estimate.low),
        "high": _rounded(estimate.high),
        "hits": estimate.hits,
        "of": estimate.of,
    }


def _rounded(value: float) -> float | None:
    """Round to six digits; None for NaN, which JSON does not know."""
    return round(value, 6) if value == value else None  # noqa: PLR0124 - NaN alone differs
