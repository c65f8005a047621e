"""Saves all of a training's state after each epoch, so that a new start goes on as if never ended.

An epoch leaves two files, epoch-0007.weights.h5 (weights and optimizer) and epoch-0007.json
(history, dropout's random state, what it belongs to, checksum of the other), the second written
last. Files on their way to or from S3 may arrive in any order or not at all: the newest epoch whose
two files fit together counts.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from channel import Channel
from contract import Job
from dataset import Dataset

_KEPT = 2  # epochs; the one before the newest, in case the newest did not reach S3 whole


@dataclass
class Progress:
    """What has been trained so far: one entry per metric and epoch, and the seconds it took."""

    history: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """Return the number of complete epochs."""
        return len(self.history.get("loss", []))

    def add(self, metrics: dict[str, float]) -> None:
        """Append the figures of one more epoch."""
        for name, value in metrics.items():
            self.history.setdefault(name, []).append(value)


def fingerprint(job: Job, dataset: Dataset) -> str:
    """Hash whatever decides the outcome: hyperparameters, classes, every pixel, and this code."""
    digest = hashlib.sha256()
    digest.update(json.dumps([job.hyperparameters.by_name(), dataset.classes]).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    channels: Sequence[Channel] = (dataset.train, dataset.validation)
    for channel in channels:
        digest.update(channel.labels.tobytes())
        digest.update(np.ascontiguousarray(channel.pixels).data)
    return digest.hexdigest()


class Checkpoints:
    """The checkpoints of one training, told from others by its fingerprint."""

    def __init__(self, folder: Path, belongs_to: str) -> None:
        self._folder = folder
        self._belongs_to = belongs_to

    def save(self, model: Any, progress: Progress) -> None:
        """Keep the state after the newest epoch, and only then drop the oldest."""
        self._folder.mkdir(parents=True, exist_ok=True)
        weights, state = self._files(progress.epochs)
        unfinished = self._folder / "unfinished.weights.h5"
        model.save_weights(unfinished)
        unfinished.replace(weights)
        content = {
            "belongs_to": self._belongs_to,
            "weights_sha256": _sha256(weights),
            "history": progress.history,
            "seconds": progress.seconds,
            "random_states": [state.numpy().tolist() for state in _random_states(model)],
        }
        _write_durably(state, json.dumps(content))
        for stale in self._states()[_KEPT:]:
            stale.unlink()
            stale.with_suffix(".weights.h5").unlink(missing_ok=True)

    def restore(self, model: Any) -> Progress:
        """Put the newest whole checkpoint into a compiled model; an empty Progress if none fits."""
        for state in self._states():
            content = _read(state)
            weights = state.with_suffix(".weights.h5")
            if content is None or not weights.is_file():
                print(f"{state.name} is incomplete and is not used", flush=True)
            elif content["belongs_to"] != self._belongs_to:
                print(f"{state.name} is of other images, settings or code: not used", flush=True)
            elif content["weights_sha256"] != _sha256(weights):
                print(f"{weights.name} is damaged and is not used", flush=True)
            else:
                _load(model, weights, content["random_states"])
                return Progress(content["history"], content["seconds"])
        return Progress()

    def _files(self, epochs: int) -> tuple[Path, Path]:
        state = self._folder / f"epoch-{epochs:04d}.json"
        return state.with_suffix(".weights.h5"), state

    def _states(self) -> list[Path]:
        return sorted(self._folder.glob("epoch-*.json"), reverse=True)


def _load(model: Any, weights: Path, random_states: list[list[int]]) -> None:
    # An optimizer that has not been built yet would silently stay as it is.
    model.optimizer.build(model.trainable_variables)
    model.load_weights(weights)
    for variable, value in zip(_random_states(model), random_states, strict=True):
        variable.assign(np.array(value, dtype="uint32"))


def _random_states(model: Any) -> list[Any]:
    """Dropout's random states, which Keras leaves out of a weights file."""
    return [one for one in model.variables if one.path.endswith("seed_generator_state")]


def _read(state: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(state.read_bytes())
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
