"""Writes what comes of a run: its files, plots, report, record, and its line in the list of runs.

Only what is missing is written, the record last: a second event, or a retry after half the work,
changes nothing that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from common import keys
from common.storage import CSV, HTML, JSON, PNG, UPDATE_ATTEMPTS, Bucket
from plot.analysis import Analysis
from plot.costs import Costs
from plot.figures.canvas import Caption
from plot.figures.collection import draw, plots_of
from plot.inputs.collect import LIMITS
from plot.job_end import JobEnd
from plot.pages.report import Origin, render_report
from plot.pages.runs import render_runs
from plot.reporting import RunEnd
from plot.run_index import RunIndex, entry_of, index_of, read_index
from plot.run_record import RunRecord, make_record, read_record

Telling = Callable[[Collection[str]], RunEnd]

CONTENT_TYPES = {"json": JSON, "csv": CSV}


@dataclass(frozen=True)
class Publication:
    """All that is known of a run and is to be written."""

    job: JobEnd
    analysis: Analysis
    costs: Costs
    files: Mapping[str, bytes]
    tell: Telling


def publish(
    bucket: Bucket, publication: Publication, present: Collection[str]
) -> tuple[RunRecord, int]:
    """Write what is missing; return the record and how many plots were written."""
    job, analysis = publication.job, publication.analysis
    written = {
        keys.run_file(job.run, name): body
        for name, body in publication.files.items()
        if name in LIMITS
    }
    for key, body in written.items():
        if key not in present:
            bucket.put(key, body, CONTENT_TYPES[key.rpartition(".")[2]])
    drawings = plots_of(analysis)
    plots = {name: keys.run_plot(job.run, name) for name in drawings}
    missing = [name for name, key in plots.items() if key not in present]
    for name in missing:
        bucket.put(plots[name], draw(drawings, [name], _caption(job, analysis))[name], PNG)
    told = publication.tell(list(plots.values()))
    page = keys.run_report(job.run)
    if page not in present:
        origin = Origin(bucket.name, job, publication.costs, told)
        bucket.put(page, render_report(origin, analysis).encode(), HTML)
    files = [*written, *plots.values(), page]
    record = make_record(job, told, analysis, publication.costs, files)
    bucket.put(keys.run_metrics(job.run), record.to_json(), JSON)
    return record, len(missing)


def _caption(job: JobEnd, analysis: Analysis) -> Caption:
    results, scores = analysis.results, analysis.results.scores
    configuration = results.configuration
    return Caption(
        run=job.run,
        dataset=job.dataset,
        images=configuration.images,
        exported_epoch=results.exported_epoch,
        classes=configuration.class_names or (scores.classes if scores else ()),
    )


def current_index(bucket: Bucket) -> RunIndex:
    """Read the list of runs; when it is lost, make it anew out of the runs' records."""
    return read_index(bucket.get(keys.RUNS_JSON)) or _rebuilt(bucket)


def enter(bucket: Bucket, record: RunRecord) -> None:
    """Put a run into the list of all runs, unless it says just that already.

    Raises:
        ConflictError: others wrote each time between the reading and the writing; a retry helps.
    """

    def change(body: bytes | None) -> bytes | None:
        index = read_index(body) or _rebuilt(bucket)
        changed = index.with_entry(entry_of(record)).to_json()
        return None if changed == body else changed

    changed = bucket.update(keys.RUNS_JSON, change, JSON) is not None
    if changed or bucket.get(keys.RUNS_HTML) is None:
        _write_page_of_runs(bucket)


def _write_page_of_runs(bucket: Bucket) -> None:
    """Write the page of the list as it is, again if another run was entered meanwhile."""
    for _ in range(UPDATE_ATTEMPTS):
        stored = bucket.get_with_etag(keys.RUNS_JSON)
        index = read_index(stored.body if stored else None) or RunIndex()
        bucket.put(keys.RUNS_HTML, render_runs(index, bucket.name).encode(), HTML)
        if bucket.get_with_etag(keys.RUNS_JSON) == stored:
            return


def _rebuilt(bucket: Bucket) -> RunIndex:
    records = []
    for key in bucket.keys(keys.RUNS):
        if key.count("/") == 2 and key.endswith("/metrics.json"):
            record = read_record(bucket.get(key), bucket.keys(key.rpartition("/")[0] + "/"))
            if record:
                records.append(record)
    return index_of(records)
