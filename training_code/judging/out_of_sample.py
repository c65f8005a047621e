"""Has every image judged by a network that hasn't seen it, and finds the temperature by that.

The folds are for judging alone: the model that is exported never learns from the validation images.
A job that is asked to stop, or has no time left, goes without: its model is worth more.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from documents import CalibrationDocument
from failure import Interrupted, JobError
from hyperparameters import Hyperparameters
from judging import calibration, clusters, fold_training, folds
from judging.calibration import Probabilities
from judging.clusters import Clusters
from judging.fold_training import FoldPlan
from judging.folds import Judged
from learning import batches
from learning.checkpoint import Progress
from learning.efficientnet_lite0 import FEATURES
from learning.fit import Learner
from loading.dataset import ImageData
from options import Job

_SUGGESTED = 5  # folds
_RESERVED = 0.1  # share of the job's time that is left for what comes after the judging
_RESERVED_SECONDS = 120.0  # at least


class NotJudgedError(Exception):
    """When every image can't be judged; the message says why, and what helps."""


def every_image(
    job: Job,
    data: ImageData,
    learner: Learner,
    progress: Progress,
    kept: Path,
    check: Callable[[], None],
) -> tuple[Judged, CalibrationDocument]:
    """Judge every image if that can be done, and find the temperature.

    `learner` has learned what is exported. What finished folds answered is kept in the folder
    `kept`. `check` is called between batches and raises Interrupted when the job is asked to stop;
    then each image is a cluster of its own.
    """
    images = len(data.train.files) + len(data.validation.files)
    judged = Judged(np.arange(images), features=_features(learner))
    remarks: list[str] = []
    try:
        check()
        groups, sides = clusters.groups(data, job.places.manifest), [data.train, data.validation]
        found = clusters.find(sides, data.classes, groups, check)
        judged, remarks = replace(judged, clusters=found.numbers), found.remarks
        plan = _plan(job, data, progress, found, kept, check)
        answers = (
            fold_training.of_heads(data, learner.features, plan)
            if learner.features
            else fold_training.of_networks(data, plan)
        )
    except Interrupted:
        stopped = "The job was asked to stop. Start it again to judge every image."
        return judged, _by_validation(job, data, learner, remarks, stopped)
    except (NotJudgedError, JobError) as reason:
        return judged, _by_validation(job, data, learner, remarks, str(reason))
    learned = len(data.train.files)  # the validation images are left to measure the result on
    temperature = calibration.fit(answers[:learned], data.train.labels)
    calibrated = calibration.apply(answers, temperature)
    return replace(judged, probabilities=calibrated, folds=plan.folds), {
        "temperature": temperature,
        "fitted_on": "folds",
        "images": learned,
        "folds": plan.count,
        "clusters": found.count,
        "reason": None,
        "remarks": remarks,
    }


def _by_validation(
    job: Job, data: ImageData, learner: Learner, remarks: list[str], reason: str
) -> CalibrationDocument:
    """Find the temperature by the validation images, and log why."""
    print(f"judged by the validation images alone: {reason}", flush=True)
    answers = _validation_answers(learner, data, job.hyperparameters.batch_size)
    return {
        "temperature": calibration.fit(answers, data.validation.labels),
        "fitted_on": "validation",
        "images": len(answers),
        "folds": 0,
        "clusters": 0,
        "reason": reason,
        "remarks": remarks,
    }


def _plan(
    job: Job,
    data: ImageData,
    progress: Progress,
    found: Clusters,
    kept: Path,
    check: Callable[[], None],
) -> FoldPlan:
    """Deal the images out; raises NotJudgedError when there are no folds, clusters or time."""
    settings = job.hyperparameters
    if settings.folds < 2:
        raise NotJudgedError(_why_none(settings, progress.seconds))
    if found.count < 2:
        raise NotJudgedError(
            "All images are equal or in one group, so none can be judged by the others. Photograph "
            "more parts."
        )
    labels = np.concatenate([data.train.labels, data.validation.labels])
    # A network that is trained whole takes about as long for each fold as the first time.
    needed = 0.0 if settings.recipe.freezes else settings.folds * progress.seconds
    return FoldPlan(
        folds.deal(found.numbers, labels, settings.folds, settings.seed),
        progress.exported_epoch(settings.patience),
        settings,
        job.places.pretrained,
        kept,
        _in_time(check, job.maximum_seconds, progress.seconds, needed),
    )


def _why_none(settings: Hyperparameters, seconds: float) -> str:
    if settings.recipe.folds > 1:
        return "It was asked for with folds = 1. Leave folds out to judge every image."
    return (
        f"For {settings.architecture} each fold costs a whole training. Set folds to {_SUGGESTED} "
        f"to judge every image, in about {math.ceil(_SUGGESTED * seconds / 60)} minutes more."
    )


def _in_time(
    check: Callable[[], None], most: float | None, used: float, needed: float
) -> Callable[[], None]:
    """Return a check that also raises NotJudgedError when the job's time is nearly up.

    Raises it at once when the `needed` seconds aren't there: the job may run for `most` seconds,
    None for any time, and has run for `used`.
    """
    if most is None:
        return check
    left = most - used - max(_RESERVED * most, _RESERVED_SECONDS)
    sentence = (
        f"It takes longer than the {max(left, 0) / 60:.0f} minutes that are left of the job's "
        f"{most / 60:.0f}. Let the job run longer, or set folds to fewer."
    )
    if needed > left:
        raise NotJudgedError(sentence)
    ends = time.monotonic() + left

    def check_both() -> None:
        check()
        if time.monotonic() > ends:
            raise NotJudgedError(sentence)

    return check_both


def _features(learner: Learner) -> npt.NDArray[np.float32] | None:
    """Return what the whole of each image is like, (images, features), as it isn't varied."""
    if learner.features is None:
        return None
    features, averages = learner.features, slice(FEATURES)  # the maxima after them see details
    standardised = np.concatenate(
        [features.train[0, :, averages], features.validation[:, averages]]
    )
    return np.asarray(standardised * features.deviation[averages] + features.mean[averages])


def _validation_answers(learner: Learner, data: ImageData, batch_size: int) -> Probabilities:
    if learner.features:
        return np.asarray(learner.model(learner.features.validation))
    return batches.answers(learner.model, data.validation.pixels, batch_size)
