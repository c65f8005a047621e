"""Builds the network and trains it; each epoch is logged, recorded and saved as a checkpoint."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

import batches
import compilation
import machine
import networks
import outputs
import transfer
from batches import Batches
from checkpoint import Checkpoints, Progress
from dataset import ImageData
from failure import JobError
from hyperparameters import Hyperparameters
from transfer import Features

_LOGGED = ("loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1")


@dataclass
class EpochEnd:
    """Called by Keras at the end of each epoch, with the metrics under Keras' own names."""

    model: Any
    progress: Progress
    checkpoints: Checkpoints
    settings: Hyperparameters
    outputs_folder: Path
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
        outputs.write_history(self.outputs_folder, self.progress)
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
        steps = settings.epochs * _steps_per_epoch(dataset, settings)
        compilation.compile_model(model, settings.recipe, settings.learning_rate, steps)
    return model


@dataclass(frozen=True)
class Learner:
    """What is trained, and the network that comes of it.

    Both are the same, unless only the last layer learns, from features of the frozen rest.
    """

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
    """Prepare a network that `build` made for training; `check` may raise.

    The features of a frozen network are computed, unless `folder` holds them.
    """
    if not settings.recipe.freezes:
        return Learner(network, network)
    features = transfer.compute(network, dataset, settings.seed, folder, check)
    head = transfer.head(features.width, len(dataset.classes))
    steps = settings.epochs * _steps_per_epoch(dataset, settings)
    compilation.compile_model(head, settings.recipe, settings.learning_rate, steps)
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
        _training_batches(dataset, features, settings, missing),
        validation_data=_validation_batches(dataset, features, settings, replicas),
        initial_epoch=missing.start,
        epochs=missing.stop,
        steps_per_epoch=_steps_per_epoch(dataset, settings),
        callbacks=[callback],
        shuffle=False,  # the batches come in their order
        verbose=0,
    )


def _training_batches(
    dataset: ImageData, features: Features | None, settings: Hyperparameters, epochs: range
) -> Batches:
    recipe = settings.recipe
    counts = np.bincount(dataset.train.labels, minlength=len(dataset.classes))
    weights = compilation.class_weights(counts, recipe)
    if features:
        return batches.feature_batches(
            features.train,
            dataset.train.labels,
            weights,
            settings.batch_size,
            settings.seed,
            epochs,
            least_steps=recipe.least_steps,
        )
    return batches.training_batches(
        dataset.train,
        weights,
        settings.batch_size,
        settings.seed,
        epochs,
        augments=recipe.augments,
        least_steps=recipe.least_steps,
    )


def _validation_batches(
    dataset: ImageData, features: Features | None, settings: Hyperparameters, replicas: int
) -> Batches:
    validation, classes = dataset.validation, len(dataset.classes)
    if features:
        return batches.feature_validation_batches(features.validation, validation.labels, classes)
    size = batches.evaluation_batch_size(len(validation.files), settings.batch_size, replicas)
    return batches.validation_batches(validation, classes, size)


def _steps_per_epoch(dataset: ImageData, settings: Hyperparameters) -> int:
    least = settings.recipe.least_steps
    return batches.steps_per_epoch(len(dataset.train.files), settings.batch_size, least)
