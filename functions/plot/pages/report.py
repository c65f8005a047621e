"""Puts everything known of a run onto one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import keys
from plot import judgement
from plot.analysis import Analysis
from plot.inputs.audit import MAXIMUM_EXAMPLES
from plot.job_end import Costs, JobEnd
from plot.pages import charts
from plot.pages.templating import fill
from plot.run_record import RunEnd
from plot.statistics.confusion import mixups
from plot.statistics.metrics import ClassScore

SHOWN_MISTAKES = 24  # the others are a click away
MAXIMUM_SKIPPED = 50
MAXIMUM_MIXUPS = 8
MAXIMUM_CLASS_ROWS = 250
MAXIMUM_CELLS_WITH_SHARES = 12


@dataclass(frozen=True)
class Origin:
    """Where the run's files lie, which job it was, what it cost and how it ended."""

    bucket: str
    job: JobEnd
    costs: Costs
    told: RunEnd


def render_report(origin: Origin, analysis: Analysis) -> str:
    """Return the page."""
    results, job = analysis.results, origin.job
    scores = results.scores
    return fill(
        "report.html",
        origin=origin,
        job=job,
        costs=origin.costs,
        told=origin.told,
        analysis=analysis,
        results=results,
        scores=scores,
        judgement=judgement.judge(analysis, origin.told),
        classes=_weakest_first(analysis)[:MAXIMUM_CLASS_ROWS],
        proofs=judgement.proofs(scores) if scores else {},
        mixups=mixups(scores, MAXIMUM_MIXUPS) if scores else [],
        with_shares=bool(
            analysis.matrix and len(analysis.matrix.names) <= MAXIMUM_CELLS_WITH_SHARES
        ),
        curves=charts.curves(results.history),
        calibration=_calibration(analysis),
        precision_recall=(
            charts.precision_recall_chart(analysis.threshold_curve)
            if analysis.threshold_curve
            else None
        ),
        chart=charts,
        gallery=[mistake for mistake in results.mistakes if mistake.image],
        raw_keys={file: image.key for file, image in analysis.manifest.validation.items()},
        copies=(
            results.audit.near_copies.examples[:MAXIMUM_EXAMPLES]
            if results.audit and results.audit.near_copies
            else []
        ),
        skipped=results.skipped[:MAXIMUM_SKIPPED],
        dataset_rows=_dataset_rows(analysis),
        most_rows=MAXIMUM_CLASS_ROWS,
        repeat=_repeat(origin, analysis),
        model=keys.s3_uri(origin.bucket, keys.run_model_archive(job.run)),
        shown_mistakes=SHOWN_MISTAKES,
        fetch_run=keys.fetch_folder(
            origin.bucket, keys.run(job.run), job.run, "--exclude", "checkpoints/*"
        ),
        fetch_runs=keys.fetch(origin.bucket, keys.RUNS_HTML),
    )


def _weakest_first(analysis: Analysis) -> list[ClassScore]:
    scores = analysis.results.scores
    if scores is None:
        return []
    return sorted(
        scores.by_class, key=lambda one: (one.images == 0, one.recall.value if one.images else 0)
    )


def _calibration(analysis: Analysis) -> charts.Chart | None:
    return charts.calibration_chart(analysis.calibration) if analysis.calibration else None


def _dataset_rows(analysis: Analysis) -> list[tuple[str, int, int]]:
    train, validation = analysis.train_counts, analysis.validation_counts
    rows = [(name, train.get(name, 0), validation.get(name, 0)) for name in {**train, **validation}]
    return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))


def _repeat(origin: Origin, analysis: Analysis) -> list[tuple[str, Mapping[str, Any]]]:
    """List in groups what another run needs to come to the same end."""
    configuration, split = analysis.results.configuration, analysis.split
    identity = {
        "run": origin.job.run,
        "dataset": origin.job.dataset,
        "training code": origin.job.code,
        "training image": origin.costs.image,
        "machine": configuration.instance_type or origin.costs.instance_type,
    }
    groups: list[tuple[str, Mapping[str, Any]]] = [
        ("What was run", {name: value for name, value in identity.items() if value}),
        ("Hyperparameters", configuration.hyperparameters or origin.job.hyperparameters),
        ("Split", split.settings if split else {}),
        ("Versions", configuration.versions),
    ]
    return [(name, values) for name, values in groups if values]
