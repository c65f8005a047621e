"""Collects the documents of a run and of its dataset from the bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from common import clock, keys
from common.observability import logger
from common.s3 import Bucket
from plot.errors import DocumentError, MissingArchiveError, ResultsError
from plot.inputs.archive import MEBIBYTE, ArchiveFiles, Reader, read_members
from plot.inputs.audit import AUDIT
from plot.inputs.configuration import CONFIG, Configuration
from plot.inputs.dataset import Manifest, read_manifest
from plot.inputs.history import HISTORY, NO_HISTORY, History, history_of
from plot.inputs.lenient_json import load
from plot.inputs.mistakes import MISTAKES
from plot.inputs.mistakes import NAMES as MISTAKE_PICTURES
from plot.inputs.out_of_sample import CALIBRATION, OUT_OF_SAMPLE
from plot.inputs.predictions import PREDICTIONS
from plot.inputs.results import SKIPPED, Results, read_results
from plot.inputs.review import REVIEW, THUMBNAILS
from plot.inputs.sealed_test import TEST, TEST_PREDICTIONS
from plot.inputs.spreadsheet import WIDE_BYTES, rewrite
from plot.job_end import JobEnd

# Bytes. An epoch is about 150 bytes of history, an image of 1,000 classes 9 KB of predictions.
LIMITS = {
    HISTORY: 4 * MEBIBYTE,
    PREDICTIONS: 2048 * MEBIBYTE,
    CONFIG: 2 * MEBIBYTE,
    SKIPPED: 8 * MEBIBYTE,
    AUDIT: MEBIBYTE,
}
# What earlier versions and custom training code don't write; also kept beside the report.
JUDGING = {
    OUT_OF_SAMPLE: 512 * MEBIBYTE,
    CALIBRATION: MEBIBYTE,
    TEST: 16 * MEBIBYTE,
    TEST_PREDICTIONS: 256 * MEBIBYTE,
}
# The memory has to hold all tables at once.
READERS: Mapping[str, Reader] = {
    PREDICTIONS: partial(rewrite, name=PREDICTIONS),
    OUT_OF_SAMPLE: partial(rewrite, name=OUT_OF_SAMPLE, wide_bytes=WIDE_BYTES // 2),
    TEST_PREDICTIONS: partial(rewrite, name=TEST_PREDICTIONS, wide_bytes=WIDE_BYTES // 4),
}
# The training code's pictures are at most 256 pixels high and wide.
OPTIONAL = {MISTAKES: MEBIBYTE, REVIEW: 2 * MEBIBYTE} | dict.fromkeys(
    MISTAKE_PICTURES, MEBIBYTE // 2
)
CHECKPOINT_BYTES = LIMITS[HISTORY]
# Lambda tries an event again after one and after two more minutes. Up to this age of the job's end
# a missing archive may still turn up; after it, the last try reports it missing.
PATIENCE = timedelta(seconds=120)


@dataclass(frozen=True)
class Collected:
    """The results, the files to keep beside the report, and why the results can't be used."""

    results: Results
    files: Mapping[str, bytes] = field(default_factory=dict)
    fault: str = ""


def collect_results(bucket: Bucket, job: JobEnd, present: Collection[str]) -> Collected:
    """Read what a job left; where that can't be used, how far its checkpoints came.

    Raises:
        MissingArchiveError: a completed job's archive isn't there, and a retry may find it.
    """
    try:
        archive = _read_archive(bucket, job, present)
        results = read_results(archive.files, archive.faults)
    except (MissingArchiveError, ResultsError) as error:
        if job.status != "Completed":
            # A job that failed early has left nothing but checkpoints; its reason is the news.
            logger.info("the job left no results", extra={"reason": str(error)})
        elif isinstance(error, MissingArchiveError) and clock.now() - job.ended_at < PATIENCE:
            raise
        else:
            logger.error("a completed job's results can't be used", extra={"reason": str(error)})
        history = _checkpointed_history(bucket, job, present)
        missing = ("The job left no readable results.", *history.remarks)
        return Collected(Results(history, Configuration(), missing=missing), fault=str(error))
    kept = {name: body for name, body in archive.files.items() if name in LIMITS | JUDGING}
    return Collected(results, kept)


def collect_manifest(bucket: Bucket, dataset: str, files: Iterable[str] = ()) -> Manifest:
    """Read the split's manifest of a dataset; an empty one when it is missing.

    `files` are images, `<class>/<name>`, whose objects under raw/ are wanted.
    """
    stream = bucket.open(keys.manifest(dataset))
    if stream is None:
        return Manifest()
    with closing(stream):
        return read_manifest(stream, dataset, files)


def _read_archive(bucket: Bucket, job: JobEnd, present: Collection[str]) -> ArchiveFiles:
    """Read the files of a run's results by their names in its archive."""
    key = keys.run_output_archive(job.run)
    stream = bucket.open(key)
    if stream is None:
        # An earlier invocation may have written the files before somebody removed the archive.
        stored = [name for name in LIMITS | JUDGING if keys.run_file(job.run, name) in present]
        if HISTORY not in stored:
            raise MissingArchiveError(f"{key} is not in the bucket")
        return ArchiveFiles(
            {name: bucket.get(keys.run_file(job.run, name)) or b"" for name in stored}
        )
    with closing(stream):
        archive = read_members(stream, LIMITS | JUDGING | OPTIONAL, READERS, THUMBNAILS)
    absent = sorted(set(LIMITS) - set(archive.files))
    if absent:
        # A model of the user's own may write less than ours; what it writes is worth having.
        logger.warning(
            "the archive lacks files",
            extra={"run": job.run, "absent": absent, "faults": archive.faults},
        )
    return archive


def _checkpointed_history(bucket: Bucket, job: JobEnd, present: Collection[str]) -> History:
    """Read how far the training came from its newest readable checkpoint.

    A job that an earlier version started keeps its checkpoints among the run's own files.
    """
    earlier = [key for key in present if key.startswith(keys.run_file(job.run, "checkpoints/"))]
    states = [*bucket.keys(keys.run_checkpoints(job.run)), *earlier]
    for key in sorted((key for key in states if key.endswith(".json")), reverse=True):
        try:
            return _history_in(bucket, key)
        except ResultsError as error:
            extra = {"key": key, "why": str(error)}
            logger.warning("a checkpoint has no readable history", extra=extra)
    return NO_HISTORY


def _history_in(bucket: Bucket, key: str) -> History:
    """Read the history in a checkpoint."""
    name = key.rpartition("/")[2]
    stream = bucket.open(key)
    if stream is None:
        raise DocumentError(f"{name} is not there")
    with closing(stream):
        body = stream.read(CHECKPOINT_BYTES + 1)
    if len(body) > CHECKPOINT_BYTES:
        raise DocumentError(f"{name} has more than {CHECKPOINT_BYTES:,} bytes")
    document = load(body, name)
    return history_of(document.get("history") if isinstance(document, dict) else None, name)
