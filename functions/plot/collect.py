"""Brings what a job left into the bucket: history, predictions, configuration and plots.

Only what is missing is written, so that a second event, or a retry after half the work, changes
nothing that is there.
"""

from __future__ import annotations

from contextlib import closing

from common import keys
from common.observability import logger
from common.storage import CSV, JSON, PNG, Bucket
from plot.archive import MEBIBYTE, read_members
from plot.drawing import Caption
from plot.errors import ArchiveError, MissingArchiveError
from plot.figures import draw_all
from plot.history import read_history
from plot.job_event import JobEnd
from plot.results import Results, read_configuration

HISTORY = "history.json"
PREDICTIONS = "predictions.csv"
CONFIG = "config.json"

# Bytes. A prediction is a line of about 150 bytes: 64 MiB are some 400,000 validation images.
LIMITS = {HISTORY: 16 * MEBIBYTE, PREDICTIONS: 64 * MEBIBYTE, CONFIG: 4 * MEBIBYTE}
CONTENT_TYPES = {HISTORY: JSON, PREDICTIONS: CSV, CONFIG: JSON}

PLOTS = ("accuracy", "loss")


def collect(bucket: Bucket, job: JobEnd) -> Results:
    """Write what is missing of a run's results, and return them.

    Raises:
        MissingArchiveError: the job's archive is not in the bucket.
        ResultsError: the archive or its history cannot be used; nothing was written.
    """
    present = set(bucket.keys(keys.run(job.run)))
    wanted = {name: keys.run_file(job.run, name) for name in LIMITS}
    if all(key in present for key in wanted.values()):
        files = {name: bucket.get(key) or b"" for name, key in wanted.items()}
    else:
        files = _read_archive(bucket, job.run)
    history = read_history(files[HISTORY])
    configuration = read_configuration(files.get(CONFIG))
    for name, body in files.items():
        if wanted[name] not in present:
            bucket.put(wanted[name], body, CONTENT_TYPES[name])
    plots = {name: keys.run_plot(job.run, name) for name in PLOTS}
    missing = {name: key for name, key in plots.items() if key not in present}
    results = Results(history, configuration, tuple(plots.values()), len(missing))
    if missing:
        _write_plots(bucket, job, results, missing)
    return results


def _read_archive(bucket: Bucket, run: str) -> dict[str, bytes]:
    key = keys.run_output_archive(run)
    stream = bucket.open(key)
    if stream is None:
        raise MissingArchiveError(f"{key} is not in the bucket")
    with closing(stream):
        files = read_members(stream, LIMITS)
    if HISTORY not in files:
        raise ArchiveError(f"{key} holds no {HISTORY}")
    absent = sorted(set(LIMITS) - set(files))
    if absent:
        # A model of the user's own may write less than ours; its plots are still worth having.
        logger.warning("the archive lacks files", extra={"run": run, "absent": absent})
    return files


def _write_plots(bucket: Bucket, job: JobEnd, results: Results, missing: dict[str, str]) -> None:
    caption = Caption(
        run=job.run,
        dataset=job.dataset,
        images=results.configuration.images,
        exported_epoch=results.exported_epoch,
    )
    drawn = draw_all(results.history, caption)
    for name, key in missing.items():
        bucket.put(key, drawn[name], PNG)
