"""Saves a training's state after each epoch, so that a new start continues as if uninterrupted.

An epoch leaves two files, epoch-0007.weights.h5 (weights and optimizer) and epoch-0007.json
(history, dropout's random state, the training's fingerprint, the checksum of the other), which is
written last. Files on their way to or from S3 may arrive in any order or not at all: the newest
epoch with matching files counts. The weights of the best epoch stay where they are needed.
"""

import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

import options
from loading.dataset import ImageData
from options import Job

_KEPT = 2  # epochs; the one before the newest, in case the newest did not reach S3 whole


@dataclass
class Progress:
    """The epochs trained, counted from 1: one entry per metric and epoch, and their seconds."""

    history: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """Return the number of complete epochs."""
        return len(self.history.get("loss", []))

    @property
    def best_epoch(self) -> int:
        """Return the epoch with the highest macro F1 on the validation images.

        Of equals the one with the lowest loss, and of those the first. A rare class counts in macro
        F1 as much as a common one, in accuracy and loss hardly at all.
        """
        figures = zip(self.history["val_macro_f1"], self.history["val_loss"], strict=True)
        ranks = [(f1, -loss) if math.isfinite(f1 + loss) else (-1.0, 0.0) for f1, loss in figures]
        return 1 + ranks.index(max(ranks))

    def exported_epoch(self, patience: int) -> int:
        """Return the epoch whose model is handed over: the best with patience, else the last."""
        return self.best_epoch if patience else self.epochs

    def add(self, metrics: dict[str, float]) -> None:
        """Append the figures of one more epoch."""
        for name, value in metrics.items():
            self.history.setdefault(name, []).append(value)


def fingerprint(job: Job, dataset: ImageData, precision: str) -> str:
    """Hash all that decides the result: settings, classes, pixels, weights, and this code."""
    digest = hashlib.sha256()
    digest.update(json.dumps([job.hyperparameters.by_name(), precision, dataset.classes]).encode())
    for module in sorted(Path(options.__file__).parent.rglob("*.py")):
        digest.update(module.read_bytes())
    for channel in (dataset.train, dataset.validation):
        digest.update(channel.labels.tobytes())
        digest.update(np.ascontiguousarray(channel.pixels).data)
    if job.places.pretrained:
        digest.update(_sha256(job.places.pretrained).encode())
    return digest.hexdigest()


class _State(TypedDict):
    """The JSON file of an epoch; `weights_sha256` by file name."""

    belongs_to: str
    weights_sha256: dict[str, str]
    history: dict[str, list[float]]
    seconds: float
    random_states: list[list[int]]


class Checkpoints:
    """The checkpoints of one training, identified by its fingerprint.

    With `keeps_best` the weights of the best epoch stay, however old it gets.
    """

    def __init__(self, folder: Path, belongs_to: str, keeps_best: bool = False) -> None:
        self._folder = folder
        self._belongs_to = belongs_to
        self._keeps_best = keeps_best

    def save(self, model: Any, progress: Progress) -> None:
        """Save the state after the newest epoch, and only then delete what is no longer needed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / "unfinished.weights.h5"
        model.save_weights(unfinished)
        unfinished.replace(self._weights(progress.epochs))
        needed = {progress.epochs, progress.best_epoch} if self._keeps_best else {progress.epochs}
        weights = map(self._weights, sorted(needed))
        content: _State = {
            "belongs_to": self._belongs_to,
            "weights_sha256": {file.name: _sha256(file) for file in weights},
            "history": progress.history,
            "seconds": progress.seconds,
            "random_states": [state.numpy().tolist() for state in _random_states(model)],
        }
        _write_durably(self._folder / f"epoch-{progress.epochs:04d}.json", json.dumps(content))
        self._drop_stale()

    def restore(self, model: Any) -> Progress:
        """Load the newest complete checkpoint into a compiled model, if there is one."""
        for state in self._states():
            content = _read(state)
            if content is None:
                print(f"{state.name} is incomplete and is not used", flush=True)
            elif content["belongs_to"] != self._belongs_to:
                print(f"{state.name} is of other images, settings or code: not used", flush=True)
            elif damaged := self._damaged_weights(content):
                print(f"{damaged} is missing or damaged: {state.name} is not used", flush=True)
            else:
                # An optimizer that has not been built yet would silently stay as it is.
                model.optimizer.build(model.trainable_variables)
                model.load_weights(state.with_suffix(".weights.h5"))
                saved = zip(_random_states(model), content["random_states"], strict=True)
                for variable, value in saved:
                    variable.assign(np.array(value, dtype="uint32"))
                return Progress(content["history"], content["seconds"])
        return Progress()

    def load_epoch(self, model: Any, epoch: int) -> None:
        """Load the weights of the newest or, if it was kept, the best epoch into a model."""
        model.load_weights(self._weights(epoch))

    def _drop_stale(self) -> None:
        states = self._states()
        needed: set[str] = set()
        for state in states[:_KEPT]:
            content = _read(state)
            needed |= set(content.get("weights_sha256", {}) if content else {})  # of any version
        for state in states[_KEPT:]:
            state.unlink()
        for weights in self._folder.glob("epoch-*.weights.h5"):
            if weights.name not in needed:
                weights.unlink()

    def _damaged_weights(self, content: _State) -> str | None:
        """Return the name of a file of weights that is missing or not as it was written."""
        for name, checksum in content["weights_sha256"].items():
            file = self._folder / name
            if not file.is_file() or _sha256(file) != checksum:
                return name
        return None

    def _weights(self, epoch: int) -> Path:
        return self._folder / f"epoch-{epoch:04d}.weights.h5"

    def _states(self) -> list[Path]:
        """Return the states, the newest first."""
        states = self._folder.glob("epoch-*.json")
        return sorted(states, key=lambda state: -int(state.stem.removeprefix("epoch-")))


def _random_states(model: Any) -> list[Any]:
    """Dropout's random states, which Keras leaves out of a weights file."""
    return [state for state in model.variables if state.path.endswith("seed_generator_state")]


def _read(state: Path) -> _State | None:
    try:
        content: _State = json.loads(state.read_bytes())
    except (OSError, ValueError):
        return None
    return content


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_durably(path: Path, text: str) -> None:
    """Replace a file in one step: after a crash it is the old one or the new one."""
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
