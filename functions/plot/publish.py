"""Writes what comes of a run: files, plots, report, and its line in the list of runs.

Files, plots and report are written only where missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from common import keys
from common.current_model import read_current_model
from common.run_index import RunIndex, read_index
from common.s3 import CSV, HTML, JSON, PNG, TEXT, UPDATE_ATTEMPTS, Bucket
from plot.analysis import Analysis
from plot.figures.canvas import Caption
from plot.figures.collection import plots_of
from plot.job_end import Costs, JobEnd
from plot.label_review.script import write_script
from plot.label_review.table import write_table
from plot.pages.report import render_report
from plot.pages.review import render_review
from plot.pages.runs import render_runs
from plot.run_index import entry_of, rebuilt_index
from plot.run_record import RunEnd, RunRecord

CONTENT_TYPES = {"json": JSON, "csv": CSV}


def write_files(
    bucket: Bucket, run: str, files: Mapping[str, bytes], present: Collection[str]
) -> list[str]:
    """Write the results' files beside the archive; return the keys of all of them."""
    for name, body in files.items():
        if keys.run_file(run, name) not in present:
            content_type = CONTENT_TYPES[name.rpartition(".")[2]]
            bucket.put(keys.run_file(run, name), body, content_type)
    return [keys.run_file(run, name) for name in files]


def write_decision(bucket: Bucket, analysis: Analysis, present: Collection[str]) -> list[str]:
    """Write when an image is a defect; return the key, or nothing without a decision."""
    if analysis.decision is None:
        return []
    key = keys.run_decision(analysis.decision.run)
    if key not in present:
        bucket.put(key, analysis.decision.to_json(), JSON)
    return [key]


def write_plots(
    bucket: Bucket, job: JobEnd, analysis: Analysis, present: Collection[str]
) -> list[str]:
    """Draw and write the plots; return the keys of all of them."""
    drawings = plots_of(analysis)
    for name in drawings:
        key = keys.run_plot(job.run, name)
        if key not in present:
            bucket.put(key, drawings[name](_caption(job, analysis)), PNG)
    return [keys.run_plot(job.run, name) for name in drawings]


def write_review(
    bucket: Bucket, job: JobEnd, analysis: Analysis, present: Collection[str]
) -> list[str]:
    """Write the review of the labels, if the run has one; return the keys."""
    findings = analysis.findings
    if findings is None:
        return []
    page = partial(render_review, bucket.name, job, analysis)
    files: dict[str, tuple[Callable[[], bytes], str]] = {
        keys.run_review(job.run, "html"): (lambda: page().encode(), HTML),
        keys.run_review(job.run, "csv"): (partial(write_table, findings), CSV),
        keys.run_review(job.run, "sh"): (
            partial(write_script, findings, bucket.name, job.run),
            TEXT,
        ),
    }
    for key, (write, content_type) in files.items():
        if key not in present:
            bucket.put(key, write(), content_type)
    return list(files)


def write_report(
    bucket: Bucket,
    job: JobEnd,
    analysis: Analysis,
    costs: Costs,
    end: RunEnd,
    present: Collection[str],
) -> str:
    """Write the report page; return its key."""
    key = keys.run_report(job.run)
    if key not in present:
        page = render_report(bucket.name, job, costs, end, analysis)
        bucket.put(key, page.encode(), HTML)
    return key


def update_index(bucket: Bucket, record: RunRecord) -> None:
    """Enter a run into the list of all runs, unless the list says just that already.

    Raises:
        ConflictError: others wrote each time between the reading and the writing; a retry helps.
    """

    def change(body: bytes | None) -> bytes | None:
        index = read_index(body) or rebuilt_index(bucket)
        changed = index.with_entry(entry_of(record)).to_json()
        return None if changed == body else changed

    changed = bucket.update(keys.RUNS_JSON, change, JSON) is not None
    if changed or bucket.get(keys.RUNS_HTML) is None:
        write_page_of_runs(bucket)


def write_page_of_runs(bucket: Bucket) -> None:
    """Write the page of the list as it is, again if that or the current model changed meanwhile."""
    for _ in range(UPDATE_ATTEMPTS):
        body, current = bucket.get(keys.RUNS_JSON), read_current_model(bucket)
        page = render_runs(read_index(body) or RunIndex(), bucket.name, current)
        bucket.put(keys.RUNS_HTML, page.encode(), HTML)
        if (bucket.get(keys.RUNS_JSON), read_current_model(bucket)) == (body, current):
            return


def _caption(job: JobEnd, analysis: Analysis) -> Caption:
    results, scores = analysis.results, analysis.scores
    configuration = results.configuration
    return Caption(
        run=job.run,
        dataset=job.dataset,
        images=configuration.images,
        exported_epoch=results.exported_epoch,
        classes=configuration.class_names or (scores.classes if scores else ()),
    )
