"""Trains a network for each fold on the images of the others, and lets it judge that fold.

The heads of a frozen network are trained all at once: one model with a head for each fold, in which
an image counts for every head but its own fold's. A network that is trained whole is trained once
for each fold; what a finished fold answered is kept for a job that starts again.
"""

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from hyperparameters import Hyperparameters
from judging.calibration import Probabilities
from learning import batches, fit, transfer
from learning.batches import Batches, BatchPlan
from learning.transfer import Features
from loading import pixel_storage
from loading.channel import Channel
from loading.dataset import ImageData

_SECONDS_BETWEEN_REPORTS = 10.0
_JUDGED_AT_ONCE = 4096  # images
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FoldPlan:
    """The fold of each image, int64 (images,), training images first, from 1; and how to train.

    epochs: after how many of the settings' epochs the exported model was taken. `check` is called
    after each batch and may raise. Answers of finished folds are kept in the folder `kept`.
    """

    folds: Rows
    epochs: int
    settings: Hyperparameters
    pretrained: Path | None
    kept: Path
    check: Callable[[], None]

    @property
    def count(self) -> int:
        """How many folds there are."""
        return int(self.folds.max())


def of_heads(data: ImageData, features: Features, plan: FoldPlan) -> Probabilities:
    """Return the answer to each image, (images, classes), of a head of the other folds."""
    keras.utils.set_random_seed(plan.settings.seed)
    variations, _, width = features.train.shape
    measured = np.broadcast_to(features.validation, (variations, *features.validation.shape))
    seen = np.concatenate([features.train, measured], axis=1)
    inputs = keras.Input((width,))
    names = [f"fold_{number}" for number in range(1, plan.count + 1)]
    heads = [transfer.head(width, len(data.classes), name)(inputs) for name in names]
    model = keras.Model(inputs, keras.ops.stack(heads, axis=1))
    # Of a larger batch each head sees as many images as the exported one does of its own.
    size = round(plan.settings.batch_size * plan.count / (plan.count - 1))
    steps = batches.steps_per_epoch(len(plan.folds), size, plan.settings.recipe.least_steps)
    fit.compile_model(
        model,
        plan.settings.recipe,
        plan.settings.learning_rate,
        plan.settings.epochs * steps,
        False,
    )
    _fit(model, _head_batches(data, seen, plan, size), steps, plan, "judging by folds")
    answers = [
        model(seen[0, start : start + _JUDGED_AT_ONCE]).numpy()
        for start in range(0, len(plan.folds), _JUDGED_AT_ONCE)
    ]
    return np.asarray(np.concatenate(answers)[np.arange(len(plan.folds)), plan.folds - 1])


def _head_batches(data: ImageData, seen: Any, plan: FoldPlan, size: int) -> Batches:
    """Batches of (features, one-hot (batch, folds, classes), weights (batch, folds)).

    An image weighs nothing for the head that judges it, and for the others what it would weigh if
    each were trained alone.
    """
    labels, classes, recipe = _labels(data), len(data.classes), plan.settings.recipe
    learns = plan.folds != np.arange(1, plan.count + 1)[:, None]  # (folds, images)
    counts = [np.bincount(labels[rows], minlength=classes) for rows in learns]
    weights = np.stack([fit.class_weights(count, recipe) for count in counts])[:, labels] * learns
    # The loss is the mean over all heads and images: each head's own is the sum over its images.
    weights *= plan.count**2 / (plan.count - 1)
    with tf.device("/CPU:0"):
        of_rows = tf.constant(weights.T, tf.float32)
    draw = transfer.drawing(seen, plan.settings.seed)

    def shown(step: Any, rows: Any) -> tuple[Any, Any]:
        return draw(step, rows), tf.gather(of_rows, rows)

    def for_each_head(pair: tuple[Any, Any], one_hot: Any, _: Any) -> tuple[Any, Any, Any]:
        return pair[0], tf.repeat(one_hot[:, None], plan.count, axis=1), pair[1]

    alike = np.ones(classes, np.float32)
    order = BatchPlan(alike, size, plan.settings.seed, range(plan.epochs), recipe.least_steps)
    return batches.ordered(shown, labels, order).map(for_each_head)


def _fit(model: Any, shown: Batches, steps: int, plan: FoldPlan, name: str) -> None:
    """Train, and print every ten seconds how far it is."""
    reported = time.monotonic()

    def report(epoch: int, _: Any) -> None:
        nonlocal reported
        if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            print(f"{name}: epoch {epoch + 1} of {plan.epochs}", flush=True)

    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=report, on_train_batch_end=lambda batch, logs: plan.check()
    )
    model.fit(
        shown,
        epochs=plan.epochs,
        steps_per_epoch=steps,
        callbacks=[callback],
        shuffle=False,
        verbose=0,
    )
    print(f"{name}: done", flush=True)


def of_networks(data: ImageData, plan: FoldPlan) -> Probabilities:
    """Return the answer to each image, (images, classes), of a network of the other folds.

    Raises JobError when there is no room for the images of a fold.
    """
    answers = np.zeros((len(plan.folds), len(data.classes)), np.float32)
    folder = plan.kept / f"{zlib.crc32(plan.folds.tobytes()):08x}"
    folder.mkdir(parents=True, exist_ok=True)
    for fold in range(1, plan.count + 1):
        file, inside = folder / f"fold-{fold}.npy", plan.folds == fold
        answered = transfer.read_array(file)
        if answered is None:
            answered = _judge(data, inside, plan, f"judging by folds: fold {fold} of {plan.count}")
            transfer.write_array(file, answered)
        answers[inside] = answered
    return answers


def _judge(data: ImageData, inside: npt.NDArray[np.bool_], plan: FoldPlan, name: str) -> Any:
    """Train on the images outside a fold, and return the answers to those inside."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(plan.settings.seed)
    allocate = pixel_storage.choose(2 * len(inside), data.train.pixels.shape[1])
    others, judged = (_part(data, rows, allocate) for rows in (~inside, inside))
    part = replace(data, train=others, validation=judged)
    model = fit.build(part, plan.settings, plan.pretrained)
    steps = fit.steps_per_epoch(part, plan.settings)
    shown = fit.training_batches(part, None, plan.settings, range(plan.epochs))
    _fit(model, shown, steps, plan, name)
    return batches.answers(model, judged.pixels, plan.settings.batch_size)


def _part(
    data: ImageData, rows: npt.NDArray[np.bool_], allocate: pixel_storage.Allocate
) -> Channel:
    """Copy some images of both sides, which follow one another, into one channel."""
    sides = (data.train, data.validation)
    of_sides = np.split(rows, [len(data.train.files)])
    pixels = allocate(int(rows.sum()), data.train.pixels.shape[1])
    end = 0
    for side, chosen in zip(sides, of_sides, strict=True):
        for row in np.flatnonzero(chosen):
            pixels[end] = side.pixels[row]
            end += 1
    return Channel([""] * end, _labels(data)[rows], pixels, [])


def _labels(data: ImageData) -> npt.NDArray[np.int32]:
    return np.concatenate([data.train.labels, data.validation.labels])
