import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import hyperparameters
from failure import Interrupted, JobError
from hyperparameters import Hyperparameters
from learning import fit, networks
from learning.checkpoint import Checkpoints, Progress
from loading.channel import Channel
from loading.dataset import ImageData

SMALL = {"epochs": "2", "batch-size": "2", "image-size": "16"}


class Saved(Checkpoints):
    """Notes which epochs would have been kept."""

    def __init__(self) -> None:
        self.epochs: list[int] = []

    def save(self, _model: Any, progress: Progress) -> None:
        self.epochs.append(progress.epochs)


def settings(**given: str) -> Hyperparameters:
    return hyperparameters.parse(SMALL | given)


def progress_of(f1: list[float], loss: float = 0.5) -> Progress:
    losses = [loss] * len(f1)
    return Progress({"loss": losses, "val_loss": [*losses], "val_macro_f1": f1})


def test_a_request_to_stop_is_heard_after_the_next_batch(tmp_path: Path) -> None:
    pixels = np.zeros((8, 16, 16, 3), np.uint8)
    channel = Channel([str(n) for n in range(8)], np.arange(8, dtype=np.int32) % 2, pixels, [])
    model = networks.build("cnn", 16, classes=2, batch_size=2)
    fit.compile_model(model, settings().recipe, learning_rate=0.01, steps=16)
    progress = Progress()
    written: list[Progress] = []
    end = fit.EpochEnd(model, progress, Checkpoints(tmp_path, "mine"), settings(), written.append)

    def stop() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        fit.run(
            fit.Learner(model, model),
            ImageData(["a", "b"], channel, channel),
            settings(),
            end,
            stop,
        )
    assert int(model.optimizer.iterations) == 1
    assert progress.epochs == 0
    assert list(tmp_path.iterdir()) == written == []


@pytest.mark.parametrize(
    ("patience", "f1", "complete"),
    [
        ("0", [], False),
        ("0", [0.9, 0.1, 0.1, 0.1], False),
        ("0", [0.9, 0.1, 0.1, 0.1, 0.1], True),
        ("2", [], False),
        ("2", [0.9, 0.1], False),
        ("2", [0.9, 0.1, 0.1], True),
        ("2", [0.9, 0.1, 0.95, 0.1], False),
        ("9", [0.9, 0.1, 0.1, 0.1, 0.1], True),
    ],
)
def test_patience_ends_a_training_that_gets_no_better(
    patience: str, f1: list[float], complete: bool
) -> None:
    values = settings(epochs="5", patience=patience)
    assert fit.is_complete(progress_of(f1), values) is complete


def epoch_end(
    progress: Progress, patience: str, write_history: Callable[[Progress], None] = lambda _: None
) -> fit.EpochEnd:
    rate = SimpleNamespace(numpy=lambda: 0.001)
    model = SimpleNamespace(optimizer=SimpleNamespace(learning_rate=rate), stop_training=False)
    values = settings(epochs="5", patience=patience)
    return fit.EpochEnd(model, progress, Saved(), values, write_history)


LOGS = {"loss": 0.4, "accuracy": 0.9, "val_loss": 0.6, "val_accuracy": 0.8, "val_macro_f1": 0.7}


@pytest.mark.parametrize(("patience", "stops"), [("0", False), ("2", True), ("3", False)])
def test_the_epoch_without_patience_left_is_saved_and_the_last(patience: str, stops: bool) -> None:
    progress = progress_of([0.9, 0.1])
    end = epoch_end(progress, patience)
    end(2, LOGS)
    assert end.model.stop_training is stops
    assert isinstance(end.checkpoints, Saved)
    assert end.checkpoints.epochs == [3]
    assert progress.history["val_macro_f1"] == [0.9, 0.1, 0.7]
    assert progress.history["learning_rate"] == [0.001]


def test_an_epoch_that_diverged_is_not_saved() -> None:
    written: list[Progress] = []
    end = epoch_end(Progress(), "0", written.append)
    with pytest.raises(JobError, match="the loss of epoch 1 is not a finite number"):
        end(0, LOGS | {"val_loss": math.nan})
    assert isinstance(end.checkpoints, Saved)
    assert end.checkpoints.epochs == []
    assert written == [end.progress]


def test_a_training_that_stopped_early_is_not_taken_up_again() -> None:
    end = epoch_end(progress_of([0.9, 0.1, 0.1]), "2")
    nothing = ImageData([], None, None)  # type: ignore[arg-type]  # not looked at
    fit.run(end.model, nothing, end.settings, end, lambda: None)
