"""Runs the epochs: a line in the log, a history entry and a checkpoint for each."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

import batches
import outputs
import recipe
from checkpoint import Checkpoints, Progress
from dataset import Dataset
from failure import JobError
from hyperparameters import Hyperparameters


@dataclass
class EpochEnd:
    """What happens when an epoch is complete; metrics come from Keras under its own names."""

    model: Any
    progress: Progress
    checkpoints: Checkpoints
    epochs: int
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
        print(epoch_line(self.progress.epochs, self.epochs, metrics, seconds), flush=True)
        outputs.write_history(self.outputs_folder, self.progress)
        if not math.isfinite(metrics["loss"] + metrics["val_loss"]):
            raise JobError(
                f"Training diverged: the loss of epoch {self.progress.epochs} is not a finite "
                "number. A lower learning-rate helps."
            )
        self.checkpoints.save(self.model, self.progress)


def epoch_line(epoch: int, epochs: int, metrics: dict[str, float], seconds: float) -> str:
    """Format an epoch for people and for the metric definitions of a training job."""
    figures = [
        f"{name}: {metrics[name]:.4f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy")
    ]
    rate = f"learning_rate: {metrics['learning_rate']:.6f}"
    return " - ".join([f"epoch {epoch}/{epochs}", *figures, rate, f"{seconds:.1f} s"])


def run(
    model: Any,
    dataset: Dataset,
    settings: Hyperparameters,
    epoch_end: EpochEnd,
    check: Callable[[], None],
) -> None:
    """Train the epochs that are missing; `check` is called after every batch and may raise."""
    missing = range(epoch_end.progress.epochs, settings.epochs)
    if not missing:
        return
    counts = np.bincount(dataset.train.labels, minlength=len(dataset.classes))
    weights = recipe.class_weights(counts)
    training = batches.training_batches(
        dataset.train, weights, settings.batch_size, settings.seed, missing
    )
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=epoch_end,
        on_train_batch_end=lambda batch, logs: check(),
        on_test_batch_end=lambda batch, logs: check(),
    )
    model.fit(
        training,
        validation_data=batches.validation_batches(
            dataset.validation, len(dataset.classes), settings.batch_size
        ),
        initial_epoch=missing.start,
        epochs=missing.stop,
        steps_per_epoch=batches.steps_per_epoch(len(dataset.train.files), settings.batch_size),
        callbacks=[callback],
        shuffle=False,  # the batches come in their order
        verbose=0,
    )
