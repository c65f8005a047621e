"""Writes the report of a run: one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from common import keys
from common.wording import FEW
from plot import judgement
from plot.analysis import Analysis
from plot.gate import promotion_of
from plot.inputs.audit import MAXIMUM_EXAMPLES
from plot.job_end import Costs, JobEnd
from plot.pages import charts
from plot.pages.templating import fill
from plot.run_record import RunEnd
from plot.statistics.confusion import confusions

SHOWN_MISTAKES = 24  # the others are a click away
MAXIMUM_SKIPPED = 50
MAXIMUM_CONFUSIONS = 3
MAXIMUM_REMARKS = 10
MAXIMUM_CLASS_ROWS = 250


def render_report(
    bucket: str, job: JobEnd, costs: Costs, run_end: RunEnd, analysis: Analysis
) -> str:
    """Return the page."""
    results, scores, curve = analysis.results, analysis.scores, analysis.threshold_curve
    judged = analysis.out_of_sample
    near_copies = results.audit.near_copies if results.audit else None
    return fill(
        "report.html",
        job=job,
        costs=costs,
        run_end=run_end,
        analysis=analysis,
        results=results,
        scores=scores,
        has_data=bool(analysis.class_sizes or analysis.split or results.skipped),
        has_model=run_end.state == "done" or scores is not None,
        judgement=judgement.judge(analysis, run_end),
        promotion=promotion_of(job.run) if run_end.model == "candidate" else "",
        classes=scores.weakest_first[:MAXIMUM_CLASS_ROWS] if scores else [],
        proofs=judgement.proofs(analysis.evidence, analysis.wanted_miss_rate),
        has_out_of_sample=_has_out_of_sample(analysis),
        remarks=results.scaling.remarks[:MAXIMUM_REMARKS] if results.scaling else [],
        recalls=judged.recall if judged and judged.can_tell else {},
        few=FEW,
        confusions=confusions(scores, MAXIMUM_CONFUSIONS) if scores else [],
        learning_charts=charts.learning_charts(results.history),
        calibration=analysis.calibration and charts.calibration_chart(analysis.calibration),
        precision_recall=curve and charts.precision_recall_chart(curve),
        gallery=[mistake for mistake in results.mistakes if mistake.image],
        shown_mistakes=SHOWN_MISTAKES,
        raw_keys={file: image.key for file, image in analysis.manifest.validation.items()},
        copies=near_copies.examples[:MAXIMUM_EXAMPLES] if near_copies else [],
        skipped=results.skipped[:MAXIMUM_SKIPPED],
        class_sizes=analysis.class_sizes,
        most_rows=MAXIMUM_CLASS_ROWS,
        reproduction=_reproduction(job, costs, analysis),
        model=keys.s3_uri(bucket, keys.run_model_archive(job.run)),
        fetch_run=keys.fetch_folder(
            bucket, keys.run(job.run), job.run, "--exclude", "checkpoints/*"
        ),
        fetch_review=keys.fetch(bucket, keys.run_review(job.run, "html")),
        fetch_runs=keys.fetch(bucket, keys.RUNS_HTML),
    )


def _has_out_of_sample(analysis: Analysis) -> bool:
    """Whether the images were judged out of sample, or the training says why they weren't."""
    scaling = analysis.results.scaling
    return analysis.out_of_sample is not None or bool(
        analysis.scores and scaling and scaling.reason
    )


def _reproduction(job: JobEnd, costs: Costs, analysis: Analysis) -> dict[str, Mapping[str, object]]:
    """List by topic what another run needs to give the same results."""
    configuration, split = analysis.results.configuration, analysis.split
    run = {
        "run": job.run,
        "dataset": job.dataset,
        "training code": job.code,
        "training image": costs.image,
        "machine": configuration.instance_type or costs.instance_type,
    }
    topics: dict[str, Mapping[str, object]] = {
        "Run": {name: value for name, value in run.items() if value},
        "Hyperparameters": configuration.hyperparameters or job.hyperparameters,
        "Split": split.settings if split else {},
        "Versions": configuration.versions,
    }
    return {title: values for title, values in topics.items() if values}
