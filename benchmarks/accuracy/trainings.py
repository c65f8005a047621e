"""Trains with training_code/train.py, one training after the other, and keeps what each gave.

What is kept is found again by what went in: the images and their sides, the seed, the options and
the training code, comments aside. So a run that was cut goes on where it stopped.
"""

from __future__ import annotations

import ast
import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.accuracy import figures

TRAIN = Path(__file__).resolve().parent.parent.parent / "training_code" / "train.py"
OURS = "droptrain"
TUTORIAL = "tutorial net"
# As https://www.tensorflow.org/tutorials/images/cnn trains, and four times as long.
TUTORIAL_EPOCHS = (10, 40)
_LOG_LINES = 12  # of a failed training


class TrainingError(Exception):
    """When a training fails; the message has the end of its log."""


@dataclass(frozen=True)
class Contestant:
    """A name for the table, and what train.py is told."""

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
    fingerprint: str  # of the images and their sides

    def key(self, code: str) -> str:
        """Tell what goes in from anything else that could; `code` is the training code's hash."""
        parts = [self.fingerprint, str(self.seed), *self.contestant.options, code]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Result:
    """What a training gave, with what is needed to tell of it."""

    key: str
    set_name: str
    split: str
    seed: int
    contestant: str
    epochs: int
    trained_on: int
    measured_on: int
    left_out: int  # files that train.py could not read
    accuracy: float
    macro_f1: float
    lowest_recall: float
    border: float  # accuracy of a nearest neighbour that sees the pictures' borders alone
    minutes: float
    ended: str  # UTC, to the minute
    load: float  # of the last minute, when it ended


def contestants(epochs: int | None = None) -> tuple[Contestant, ...]:
    """Return who takes part: all trained for `epochs`, or each as long as is usual for it."""
    tutorial = ("--architecture", "tutorial", "--precision", "float32", "--epochs")
    ours = () if epochs is None else ("--epochs", str(epochs))
    return (
        *(
            Contestant(f"{TUTORIAL}, {count} epochs", (*tutorial, str(count)))
            for count in (TUTORIAL_EPOCHS if epochs is None else (epochs,))
        ),
        Contestant(OURS, ours),
    )


def code_hash(folder: Path = TRAIN.parent) -> str:
    """Tell the training code from any other; comments and layout do not count."""
    modules = [ast.unparse(ast.parse(path.read_bytes())) for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256("\0".join(modules).encode()).hexdigest()[:16]


def read_results(ledger: Path) -> dict[str, Result]:
    """Return the results by key; a line that was cut is as if it had never been written."""
    results = {}
    for line in ledger.read_text("utf-8").splitlines() if ledger.exists() else []:
        try:
            result = Result(**json.loads(line))
        except (ValueError, TypeError):
            continue
        results[result.key] = result
    return results


def perform(trainings: Sequence[Training], out: Path, train: Path = TRAIN) -> list[Result]:
    """Train what is missing in `out`/results.jsonl, in order; return all results in that order.

    Raises TrainingError, also when the training code is changed meanwhile.
    """
    out.mkdir(parents=True, exist_ok=True)
    ledger = out / "results.jsonl"
    results = read_results(ledger)
    code = code_hash(train.parent)
    keys = [training.key(code) for training in trainings]
    for number, (key, training) in enumerate(zip(keys, trainings, strict=True), start=1):
        what = (
            f"{number} of {len(trainings)}: {training.set_name}, {training.split}, "
            f"seed {training.seed}, {training.contestant.name}"
        )
        if key in results:
            _progress(f"{what}: {_figures(results[key])} (kept)")
            continue
        folder = out / "trainings" / key
        _progress(f"{what}: training, see {folder / 'log'}")
        result = _train(training, key, folder, train)
        if code_hash(train.parent) != code:
            raise TrainingError(f"{train.parent} was changed while it trained: begin again.")
        results[key] = result
        with ledger.open("a", encoding="utf-8") as file:
            # A line of its own even after one that was cut.
            file.write("\n" * (file.tell() > 0) + json.dumps(asdict(result)))
        _progress(f"{what}: {_figures(result)}")
    return [results[key] for key in keys]


def command(training: Training, output: Path, train: Path = TRAIN) -> list[str]:
    """Return the command line of a training."""
    return [
        *(sys.executable, str(train)),
        *("--train", str(training.data / "train")),
        *("--validation", str(training.data / "validation")),
        *("--output", str(output), "--seed", str(training.seed)),
        *training.contestant.options,
    ]


def _train(training: Training, key: str, folder: Path, train: Path) -> Result:
    """Train, or go on with what was begun in `folder`; keep its figures, not the model."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("a", encoding="utf-8") as log:
        done = subprocess.run(
            command(training, folder, train), stdout=log, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        end = (folder / "log").read_text("utf-8", "replace").splitlines()[-_LOG_LINES:]
        raise TrainingError("\n".join([f"The training in {folder} failed:", *end]))
    scores = figures.score(folder / "predictions.csv")
    config, audit = (
        json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("config", "audit")
    )
    if config["exported_epoch"] != config["epochs_trained"]:
        raise TrainingError("An epoch chosen by its validation images makes them look better.")
    for bulky in ("model", "checkpoints"):
        shutil.rmtree(folder / bulky, ignore_errors=True)
    return Result(
        key=key,
        set_name=training.set_name,
        split=training.split,
        seed=training.seed,
        contestant=training.contestant.name,
        epochs=config["exported_epoch"],
        trained_on=_total(config["images"]["train"]),
        measured_on=scores.images,
        left_out=config["skipped"],
        accuracy=scores.accuracy,
        macro_f1=scores.macro_f1,
        lowest_recall=scores.lowest_recall,
        border=audit["neighbour"]["border"]["accuracy"],
        minutes=config["seconds"]["total"] / 60,
        ended=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}",
        load=os.getloadavg()[0],
    )


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _figures(result: Result) -> str:
    left_out = f", {result.left_out} FILES LEFT OUT" if result.left_out else ""
    return (
        f"accuracy {result.accuracy:.4f}, macro-F1 {result.macro_f1:.4f}, "
        f"{result.minutes:.1f} minutes{left_out}"
    )


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
