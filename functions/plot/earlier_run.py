"""Reads the predictions of an earlier run, and compares this run with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from common import keys
from common.current_model import CurrentModel
from common.observability import logger
from common.run_index import RunEntry, read_index
from common.s3 import Bucket
from plot.analysis import Analysis
from plot.errors import PredictionsError
from plot.inputs.collect import collect_manifest
from plot.inputs.dataset import Manifest
from plot.inputs.predictions import PREDICTIONS, Predictions, read_predictions
from plot.inputs.raw_objects import place_and_content
from plot.inputs.sealed_test import TEST_PREDICTIONS
from plot.job_end import JobEnd
from plot.run_index import rebuilt_index
from plot.statistics.comparison import TEST_IMAGE, Comparison, Prediction, compare


def compare_with_previous(
    bucket: Bucket, job: JobEnd, predictions: Predictions | None, manifest: Manifest
) -> Comparison | None:
    """Compare with the previous run; None when there is none, or one of the two can't be read."""
    index = read_index(bucket.get(keys.RUNS_JSON)) or rebuilt_index(bucket)
    previous = index.previous(job.run, job.ended_at)
    return _compare(bucket, previous, job, predictions, manifest) if previous else None


def compare_with_current(
    bucket: Bucket, current: CurrentModel, job: JobEnd, analysis: Analysis
) -> Comparison | None:
    """Compare with the current model's run; None when one of the two can't be read."""
    if analysis.comparison and analysis.comparison.run_before == current.run:
        return analysis.comparison
    return _compare(bucket, current, job, analysis.results.predictions, analysis.manifest)


def compare_on_test_set(
    bucket: Bucket, current: CurrentModel, predictions: Predictions | None
) -> Comparison | None:
    """Compare with the current model's run on the sealed test set; None if one wasn't measured.

    The names of the images' copies tell class and content, whatever test set they were in.
    """
    body = bucket.get(keys.run_file(current.run, TEST_PREDICTIONS))
    if body is None or predictions is None:
        return None
    its_predictions = _read(body, TEST_PREDICTIONS)
    if its_predictions is None:
        return None
    return compare(current.run, _by_name(its_predictions), _by_name(predictions), TEST_IMAGE)


def _compare(
    bucket: Bucket,
    earlier: RunEntry | CurrentModel,
    job: JobEnd,
    predictions: Predictions | None,
    manifest: Manifest,
) -> Comparison | None:
    body = bucket.get(keys.run_predictions(earlier.run))
    if body is None or predictions is None:
        return None
    its_predictions = _read(body)
    if its_predictions is None:
        return None
    its_manifest = manifest
    if earlier.dataset != job.dataset:
        its_manifest = collect_manifest(bucket, earlier.dataset)
    return compare(
        earlier.run,
        _by_content(its_predictions, its_manifest),
        _by_content(predictions, manifest),
    )


def _read(body: bytes, name: str = PREDICTIONS) -> Predictions | None:
    try:
        return read_predictions(body, name)
    except PredictionsError as error:
        logger.warning("an earlier run can't be read", extra={"why": str(error)})
        return None


def _by_content(predictions: Predictions, manifest: Manifest) -> Mapping[str, Prediction]:
    """Key each prediction by its image's content, by which two runs know the same image."""
    images = map(manifest.raw_image, predictions.files)
    return {
        image.content: prediction
        for image, prediction in zip(images, _each(predictions), strict=True)
        if image is not None
    }


def _by_name(predictions: Predictions) -> Mapping[str, Prediction]:
    return dict(zip(map(place_and_content, predictions.files), _each(predictions), strict=True))


def _each(predictions: Predictions) -> Iterator[Prediction]:
    for truth, predicted in zip(predictions.truth, predictions.predicted, strict=True):
        yield Prediction(predictions.classes[truth], predictions.classes[predicted])
