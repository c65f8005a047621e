"""Brings what a run left, what the split wrote of its dataset, and the run before. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing

from common import keys
from common.observability import logger
from common.storage import Bucket
from plot.errors import DocumentError, MissingArchiveError, PredictionsError, ResultsError
from plot.inputs.archive import MEBIBYTE, ArchiveFiles, read_members
from plot.inputs.audit import AUDIT
from plot.inputs.configuration import CONFIG
from plot.inputs.dataset import Manifest, Verdict, read_manifest, read_verdict
from plot.inputs.history import History, history_of
from plot.inputs.lenient_json import load
from plot.inputs.mistakes import MISTAKES
from plot.inputs.mistakes import NAMES as MISTAKE_PICTURES
from plot.inputs.predictions import Predictions, read_predictions
from plot.inputs.results import HISTORY, NO_HISTORY, PREDICTIONS, SKIPPED, history_in_words
from plot.inputs.spreadsheet import rewrite
from plot.job_end import JobEnd
from plot.run_index import RunIndex
from plot.statistics.comparison import Comparison, Prediction, compare

# Bytes. An epoch is about 150 bytes of history, an image of 1,000 classes 9 KB of predictions.
LIMITS = {
    HISTORY: 4 * MEBIBYTE,
    PREDICTIONS: 2048 * MEBIBYTE,
    CONFIG: 2 * MEBIBYTE,
    SKIPPED: 8 * MEBIBYTE,
    AUDIT: MEBIBYTE,
}
# The training code's pictures are at most 256 pixels high and wide.
OPTIONAL = {MISTAKES: MEBIBYTE} | dict.fromkeys(MISTAKE_PICTURES, MEBIBYTE // 2)
CHECKPOINT_BYTES = LIMITS[HISTORY]


def collect(bucket: Bucket, job: JobEnd, present: Collection[str]) -> ArchiveFiles:
    """Read the files of a run's results by their names in its archive.

    Raises:
        MissingArchiveError: the job's archive is not in the bucket.
        ArchiveError: nothing in the archive can be read.
    """
    key = keys.run_output_archive(job.run)
    stream = bucket.open(key)
    if stream is None:
        # An earlier invocation may have brought the files before somebody removed the archive.
        stored = [name for name in LIMITS if keys.run_file(job.run, name) in present]
        if HISTORY not in stored:
            raise MissingArchiveError(f"{key} is not in the bucket")
        return ArchiveFiles(
            {name: bucket.get(keys.run_file(job.run, name)) or b"" for name in stored}
        )
    with closing(stream):
        contents = read_members(stream, LIMITS | OPTIONAL, {PREDICTIONS: rewrite})
    absent = sorted(set(LIMITS) - set(contents.files))
    if absent:
        # A model of the user's own may write less than ours; what it writes is worth having.
        logger.warning(
            "the archive lacks files",
            extra={"run": job.run, "absent": absent, "faults": contents.faults},
        )
    return contents


def history_of_checkpoints(bucket: Bucket, present: Collection[str], run: str) -> History:
    """Read how far the training came from its newest readable checkpoint.

    A job that an earlier version started keeps its checkpoints among the run's own files.
    """
    earlier = [key for key in present if key.startswith(keys.run_file(run, "checkpoints/"))]
    states = [*bucket.keys(keys.run_checkpoints(run)), *earlier]
    for key in sorted((key for key in states if key.endswith(".json")), reverse=True):
        try:
            return _history_of(bucket, key)
        except ResultsError as error:
            logger.warning("a checkpoint tells no history", extra={"key": key, "why": str(error)})
    return NO_HISTORY


def _history_of(bucket: Bucket, key: str) -> History:
    """Read the history in a checkpoint.

    Raises:
        ResultsError: it holds none.
    """
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


def dataset_of(bucket: Bucket, job: JobEnd) -> tuple[Verdict | None, Manifest]:
    """Read what the split decided about the run's images."""
    verdict = read_verdict(bucket.get(keys.verdict(job.dataset)))
    return verdict, manifest_of(bucket, job.dataset)


def manifest_of(bucket: Bucket, dataset: str) -> Manifest:
    """Read a dataset's manifest; an empty one when it is not there."""
    stream = bucket.open(keys.manifest(dataset))
    if stream is None:
        return Manifest()
    with closing(stream):
        return read_manifest(stream, dataset)


def comparison_of(
    bucket: Bucket,
    index: RunIndex,
    job: JobEnd,
    predictions: Predictions | None,
    manifest: Manifest,
) -> Comparison | None:
    """Compare with the run before; None when there is none, or one of the two cannot be read."""
    before = index.before(job)
    if before is None or predictions is None:
        return None
    body = bucket.get(keys.run_file(before.run, PREDICTIONS))
    if body is None:
        return None
    try:
        earlier = read_predictions(body)
    except PredictionsError as error:
        logger.warning("the run before cannot be read", extra={"why": str(error)})
        return None
    its_manifest = (
        manifest if before.dataset == job.dataset else manifest_of(bucket, before.dataset)
    )
    return compare(before.run, answers(earlier, its_manifest), answers(predictions, manifest))


def answers(predictions: Predictions, manifest: Manifest) -> Mapping[str, Prediction]:
    """Give each answer the content of its image, by which two runs know the same image."""
    found = {}
    for number, file in enumerate(predictions.files):
        image = manifest.raw_image(file)
        if image is not None:
            found[image.content] = Prediction(
                predictions.classes[predictions.truth[number]],
                predictions.classes[predictions.predicted[number]],
            )
    return found


def reached(history: History) -> list[str]:
    """Say what is known of a training that left no results of its own."""
    return ["The job ended before it wrote results.", *history_in_words(history)]
