"""Builds, compiles and trains the network; each epoch is logged, recorded and saved."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from failure import JobError
from hyperparameters import Hyperparameters, Recipe
from learning import batches, machine, networks, transfer
from learning.batches import Batches, BatchPlan
from learning.checkpoint import Checkpoints, Progress
from learning.transfer import Features
from loading.dataset import ImageData

_LOGGED = ("loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1")
_WARM_UP = 0.1  # share of all steps
_FIRST_RATE = 0.1  # of the peak


class MacroF1(keras.metrics.F1Score):  # type: ignore[misc]  # Keras publishes no types
    """The mean of the classes' F1, over those that occur in the images or in the answers.

    Keras' own average takes a class without an image for one that is always wrong.
    """

    def __init__(self) -> None:
        super().__init__(average=None, name="macro_f1")

    def result(self) -> Any:
        """Return one number, 0 to 1."""
        count = self.true_positives + self.false_positives + self.false_negatives
        occurs = keras.ops.cast(count > 0, "float32")
        return keras.ops.sum(super().result() * occurs) / keras.ops.sum(occurs)


@dataclass
class EpochEnd:
    """Called by Keras at the end of each epoch, with the metrics under Keras' own names."""

    model: Any
    progress: Progress
    checkpoints: Checkpoints
    settings: Hyperparameters
    write_history: Callable[[Progress], None]
    started: float = field(default_factory=time.monotonic)

    def __call__(self, epoch: int, logs: dict[str, float]) -> None:
        """Record the epoch; raises JobError when the loss is no longer a number."""
        seconds = time.monotonic() - self.started
        self.started = time.monotonic()
        rate = float(self.model.optimizer.learning_rate.numpy())
        metrics = {name: float(value) for name, value in logs.items()} | {"learning_rate": rate}
        self.progress.add(metrics)
        self.progress.seconds += seconds
        line = epoch_line(self.progress.epochs, self.settings.epochs, metrics, seconds)
        print(line, flush=True)
        self.write_history(self.progress)
        if not math.isfinite(metrics["loss"] + metrics["val_loss"]):
            raise JobError(
                f"Training diverged: the loss of epoch {self.progress.epochs} is not a finite "
                "number. A lower learning-rate helps."
            )
        self.checkpoints.save(self.model, self.progress)
        self.model.stop_training = is_complete(self.progress, self.settings)


def epoch_line(epoch: int, epochs: int, metrics: dict[str, float], seconds: float) -> str:
    """Format an epoch's log line, which the metric definitions of a training job parse, too."""
    figures = [f"{name}: {metrics[name]:.4f}" for name in _LOGGED]
    rate = f"learning_rate: {metrics['learning_rate']:.6f}"
    return " - ".join([f"epoch {epoch}/{epochs}", *figures, rate, f"{seconds:.1f} s"])


def is_complete(progress: Progress, settings: Hyperparameters) -> bool:
    """Return whether all epochs are trained, or patience has run out."""
    if progress.epochs in (0, settings.epochs) or not settings.patience:
        return progress.epochs == settings.epochs
    return progress.epochs - progress.best_epoch >= settings.patience


def build(dataset: ImageData, settings: Hyperparameters, pretrained: Path | None) -> Any:
    """Return the compiled network that the settings ask for, on all GPUs it can use."""
    images, measured = len(dataset.train.files), len(dataset.validation.files)
    strategy = machine.strategy(
        min(settings.batch_size, images),
        lambda gpus: batches.evaluation_batch_size(measured, settings.batch_size, gpus) > 0,
    )
    with strategy.scope():
        model = networks.build(
            settings.architecture,
            settings.image_size,
            len(dataset.classes),
            settings.batch_size,
            pretrained=pretrained,
            synchronized=strategy.num_replicas_in_sync > 1,
        )
        steps = settings.epochs * steps_per_epoch(dataset, settings)
        compile_model(model, settings.recipe, settings.learning_rate, steps)
    return model


@dataclass(frozen=True)
class Learner:
    """What is trained, and the network that comes of it: the same, unless the rest is frozen."""

    model: Any
    network: Any
    features: Features | None = None

    def finish(self) -> Any:
        """Return the network with what the model has learned."""
        if self.features:
            transfer.complete(self.network, self.model, self.features)
        return self.network


def learner(
    network: Any,
    dataset: ImageData,
    settings: Hyperparameters,
    folder: Path,
    check: Callable[[], None],
) -> Learner:
    """Prepare for training; computes a frozen network's features that `folder` doesn't hold."""
    if not settings.recipe.freezes:
        return Learner(network, network)
    features = transfer.compute(network, dataset, settings.seed, folder, check)
    head = transfer.head(len(features.mean), len(dataset.classes))
    steps = settings.epochs * steps_per_epoch(dataset, settings)
    compile_model(head, settings.recipe, settings.learning_rate, steps)
    return Learner(head, network, features)


def run(
    learner: Learner,
    dataset: ImageData,
    settings: Hyperparameters,
    epoch_end: EpochEnd,
    check: Callable[[], None],
) -> None:
    """Train the missing epochs; `check` is called after every batch and may raise."""
    if is_complete(epoch_end.progress, settings):
        return
    missing = range(epoch_end.progress.epochs, settings.epochs)
    model, features = learner.model, learner.features
    replicas = model.distribute_strategy.num_replicas_in_sync
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=epoch_end,
        on_train_batch_end=lambda batch, logs: check(),
        on_test_batch_end=lambda batch, logs: check(),
    )
    model.fit(
        training_batches(dataset, features, settings, missing),
        validation_data=_validation_batches(dataset, features, settings, replicas),
        initial_epoch=missing.start,
        epochs=missing.stop,
        steps_per_epoch=steps_per_epoch(dataset, settings),
        callbacks=[callback],
        shuffle=False,  # the batches come in their order
        verbose=0,
    )


def compile_model(
    model: Any, recipe: Recipe, learning_rate: float, steps: int, measures: bool = True
) -> None:
    """Compile a model for a training of that many steps; Keras uses XLA where there is one GPU."""
    rate = schedule(learning_rate, steps) if recipe.rate_decays else learning_rate
    model.compile(
        _optimizer(rate, recipe.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy", MacroF1()] if measures else [],
    )
    # Now rather than at the first step, so that a checkpoint can be loaded before it.
    model.optimizer.build(model.trainable_variables)


def _optimizer(rate: Any, weight_decay: float) -> Any:
    if weight_decay == 0:
        return keras.optimizers.Adam(rate)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=weight_decay)
    # Decaying an offset or a scale does not make a network simpler: https://arxiv.org/abs/1706.05350
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


def schedule(peak: float, steps: int) -> Any:
    """Rise to the peak over the first tenth of the steps, then fall to 0 along half a cosine.

    https://arxiv.org/abs/1608.03983 (cosine), https://arxiv.org/abs/1706.02677 (warm-up).
    """
    warm_up = int(_WARM_UP * steps)
    if warm_up == 0:
        return keras.optimizers.schedules.CosineDecay(peak, decay_steps=steps)
    return keras.optimizers.schedules.CosineDecay(
        _FIRST_RATE * peak, steps - warm_up, warmup_target=peak, warmup_steps=warm_up
    )


def class_weights(counts: npt.NDArray[np.int64], recipe: Recipe) -> npt.NDArray[np.float32]:
    """Weigh a class by 1 / sqrt(its images), so that the mean weight of an image is 1.

    The square root stands between ignoring a rare class and letting its few images shout down all
    others: https://arxiv.org/abs/1805.00932, section 2.2. A recipe may weigh all images alike.
    """
    if not recipe.weighs_classes:
        return np.ones(len(counts), np.float32)
    weights = 1 / np.sqrt(np.maximum(counts, 1))
    weights *= counts.sum() / (weights * counts).sum()
    return weights.astype(np.float32)


def training_batches(
    dataset: ImageData, features: Features | None, settings: Hyperparameters, epochs: range
) -> Batches:
    """Return the batches of the training images, or of their features, for some epochs from 0."""
    recipe, train = settings.recipe, dataset.train
    counts = np.bincount(train.labels, minlength=len(dataset.classes))
    weights = class_weights(counts, recipe)
    plan = BatchPlan(weights, settings.batch_size, settings.seed, epochs, recipe.least_steps)
    if features:
        return transfer.training_batches(features.train, train.labels, plan)
    return batches.training_batches(train, plan, augments=recipe.augments)


def _validation_batches(
    dataset: ImageData, features: Features | None, settings: Hyperparameters, replicas: int
) -> Batches:
    validation, classes = dataset.validation, len(dataset.classes)
    if features:
        return transfer.validation_batches(features.validation, validation.labels, classes)
    size = batches.evaluation_batch_size(len(validation.files), settings.batch_size, replicas)
    return batches.validation_batches(validation, classes, size)


def steps_per_epoch(dataset: ImageData, settings: Hyperparameters) -> int:
    """Return how many batches an epoch has."""
    least = settings.recipe.least_steps
    return batches.steps_per_epoch(len(dataset.train.files), settings.batch_size, least)
