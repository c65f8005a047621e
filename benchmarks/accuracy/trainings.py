"""Trains with training_code/train.py, one training after the other, and keeps the measurements.

A measurement is found again by the images and their sides, the seed, the options and the training
code without its comments. So a benchmark that was interrupted continues where it stopped.
"""

from __future__ import annotations

import ast
import csv
import datetime as dt
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sklearn.metrics import accuracy_score, f1_score, recall_score

from benchmarks import ROOT
from benchmarks.accuracy.splits import fingerprint

TRAIN = ROOT / "training_code" / "train.py"
TUTORIAL, CNN, AUTO = "tutorial net", "cnn", "auto"
# Four times as long as in https://www.tensorflow.org/tutorials/images/cnn, which gives it more.
TUTORIAL_EPOCHS = 40
LOG_LINES = 12  # of a failed training


class TrainingError(Exception):
    """A training failed; the message has the end of its log."""


@dataclass(frozen=True)
class Contestant:
    """A name for the tables, and the options of train.py."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    """One training: on `data`/train, measured on `data`/validation."""

    set_name: str
    split: str
    seed: int
    contestant: Contestant
    data: Path

    @property
    def title(self) -> str:
        """The training in words."""
        return f"{self.set_name}, {self.split}, seed {self.seed}, {self.contestant.name}"

    def key(self, code: str) -> str:
        """Return a hash of everything the result depends on; `code` is that of the training."""
        parts = [fingerprint(self.data), str(self.seed), *self.contestant.options, code]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Measurement:
    """The result of a training; shares are of 1."""

    set_name: str
    split: str
    seed: int
    contestant: str
    epochs: int
    trained_on: int
    measured_on: int
    skipped: int  # files that train.py couldn't read
    accuracy: float
    macro_f1: float
    lowest_recall: float  # of any class
    border: float  # accuracy of a nearest neighbour that sees only the borders of the images
    minutes: float
    cpu_minutes: float  # of all cores together
    ended: str  # UTC, to the minute
    load: float  # of the last minute, when it ended


def contestants(weights: Path, epochs: int | None = None) -> tuple[Contestant, ...]:
    """Return the contestants: all trained for `epochs`, or each as long as is usual for it.

    `weights` is the file of EfficientNet-Lite0, which Architecture=auto trains where it is there.
    """
    tutorial = ("--architecture", "tutorial", "--precision", "float32")
    length = () if epochs is None else ("--epochs", str(epochs))
    return (
        Contestant(TUTORIAL, (*tutorial, *(length or ("--epochs", str(TUTORIAL_EPOCHS))))),
        Contestant(CNN, ("--architecture", "cnn", *length)),
        Contestant(
            AUTO, ("--architecture", "efficientnet-lite0", "--pretrained", str(weights), *length)
        ),
    )


def code_hash(folder: Path) -> str:
    """Return a hash of the training code; comments and layout don't count."""
    modules = [ast.unparse(ast.parse(path.read_bytes())) for path in sorted(folder.rglob("*.py"))]
    return hashlib.sha256("\0".join(modules).encode()).hexdigest()[:16]


def measure(trainings: Sequence[Training], out: Path, train: Path = TRAIN) -> list[Measurement]:
    """Run the trainings that `out` has no measurement of; return all measurements in order.

    Raises:
        TrainingError: a training failed, or the training code was changed meanwhile.
    """
    code = code_hash(train.parent)
    measurements = []
    for number, training in enumerate(trainings, start=1):
        folder = out / "trainings" / training.key(code)
        file = folder / "measurement.json"
        if not file.exists():
            _progress(f"{number} of {len(trainings)}: {training.title}, see {folder / 'log'}")
            measurement = _train(training, folder, train)
            if code_hash(train.parent) != code:
                raise TrainingError(f"{train.parent} was changed while it trained: start again.")
            file.write_text(json.dumps(asdict(measurement)), "utf-8")
        measurement = Measurement(**json.loads(file.read_text("utf-8")))
        skipped = f", {measurement.skipped} FILES SKIPPED" if measurement.skipped else ""
        _progress(
            f"{training.title}: accuracy {measurement.accuracy:.4f}, macro-F1 "
            f"{measurement.macro_f1:.4f}, {measurement.minutes:.1f} minutes{skipped}"
        )
        measurements.append(measurement)
    return measurements


def command(training: Training, output: Path, train: Path = TRAIN) -> list[str]:
    """Return the command line of a training."""
    return [
        *(sys.executable, str(train)),
        *("--train", str(training.data / "train")),
        *("--validation", str(training.data / "validation")),
        *("--output", str(output), "--seed", str(training.seed)),
        *training.contestant.options,
    ]


def _train(training: Training, folder: Path, train: Path) -> Measurement:
    """Train into `folder`; keep its documents, not the model."""
    shutil.rmtree(folder, ignore_errors=True)  # of a benchmark that was interrupted
    folder.mkdir(parents=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.run(
            command(training, folder, train), stdout=log, stderr=subprocess.STDOUT, check=False
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        lines = (folder / "log").read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
        raise TrainingError("\n".join([f"The training in {folder} failed:", *lines]))
    config, audit = (
        json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("config", "audit")
    )
    if config["exported_epoch"] != config["epochs_trained"]:
        raise TrainingError("An epoch chosen by its validation images makes them look better.")
    for bulky in ("model", "checkpoints"):
        shutil.rmtree(folder / bulky, ignore_errors=True)
    truth, predicted = read_predictions(folder / "predictions.csv")
    return Measurement(
        set_name=training.set_name,
        split=training.split,
        seed=training.seed,
        contestant=training.contestant.name,
        epochs=config["exported_epoch"],
        trained_on=sum(config["images"]["train"].values()),
        measured_on=len(truth),
        skipped=config["skipped"],
        **scores(truth, predicted),
        border=audit["neighbour"]["border"]["accuracy"],
        minutes=config["seconds"]["total"] / 60,
        cpu_minutes=(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 60,
        ended=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}",
        load=os.getloadavg()[0],
    )


def read_predictions(file: Path) -> tuple[list[str], list[str]]:
    """Return the true and the predicted class of each validation image."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["class"] for row in rows], [row["predicted"] for row in rows]


def scores(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """Return accuracy, macro-F1 and the lowest recall, over the classes that there are."""
    classes = sorted(set(truth))
    recalls = recall_score(truth, predicted, labels=classes, average=None)
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "macro_f1": float(f1_score(truth, predicted, labels=classes, average="macro")),
        "lowest_recall": float(min(recalls)),
    }


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
