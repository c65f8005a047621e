"""Writes the files that a training leaves for people and for the steps after it."""

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from auditing.sealed_test import SealedAnswers
from documents import (
    CalibrationDocument,
    EarlyAudit,
    FullAudit,
    MachineDocument,
    MisclassifiedImage,
    ReviewDocument,
)
from judging.folds import Judged
from learning.checkpoint import Progress
from loading.channel import Channel
from loading.dataset import ImageData
from options import Job

_PREDICTED = ("predicted", "probability")
_SEALED = ("test.json", "test_predictions.csv")


def write_history(folder: Path, progress: Progress) -> None:
    """Write history.json: one list per metric, one entry per epoch, null where not finite."""
    history = {
        metric: [value if math.isfinite(value) else None for value in values]
        for metric, values in progress.history.items()
    }
    _write(folder / "history.json", history)


def write_data(folder: Path, dataset: ImageData) -> None:
    """Write classes.json (in the order of the outputs), skipped.json and the early audit.json.

    That is before the first epoch: a job that fails or is stopped reports them, too. What an
    earlier start measured on the sealed test set is no result of this one.
    """
    for name in _SEALED:
        (folder / name).unlink(missing_ok=True)
    _write(folder / "classes.json", dataset.classes)
    _write(folder / "skipped.json", [asdict(file) for file in dataset.skipped])
    write_audit(folder, {"exact_copies": dataset.exact_copies, "warnings": dataset.warnings})


def write_config(
    folder: Path, job: Job, dataset: ImageData, progress: Progress, machine: MachineDocument
) -> None:
    """Write config.json: settings, images and versions, and which epoch was exported.

    Choosing the best epoch by its validation result would make that result look better than the
    model is, so without patience it is the last; as the learning rate has fallen to 0 by then, the
    last epochs differ little. `machine` is added as it is.
    """
    settings = job.hyperparameters
    config = {
        "hyperparameters": settings.by_name(),
        "classes": dataset.classes,
        "images": {
            "train": dataset.train.count(dataset.classes),
            "validation": dataset.validation.count(dataset.classes),
        },
        "skipped": len(dataset.skipped),
        "pretrained": job.places.pretrained.name if job.places.pretrained else None,
        "best_epoch": progress.best_epoch,
        "exported_epoch": progress.exported_epoch(settings.patience),
        "epoch_chosen_by": "validation" if settings.patience else "last",
        "epochs_trained": progress.epochs,
        "instance_type": job.instance_type,
        "seed": settings.seed,
        "seconds": {"total": round(progress.seconds, 1)},
    }
    _write(folder / "config.json", {**config, **machine})


def write_predictions(
    folder: Path, classes: list[str], channel: Channel, probabilities: Any
) -> None:
    """Write predictions.csv: a row per validation image, in the order of the channel."""
    rows = _predictions(classes, channel.labels, probabilities)
    _write_table(
        folder / "predictions.csv",
        ["file", "class", *_PREDICTED, *_columns(classes)],
        ([name, *row] for name, row in zip(channel.files, rows, strict=True)),
    )


def write_judged(folder: Path, dataset: ImageData, judged: Judged) -> None:
    """Write out_of_sample.csv, a row per image of both sides, if they were judged by folds."""
    path = folder / "out_of_sample.csv"
    if judged.probabilities is None or judged.folds is None:
        path.unlink(missing_ok=True)  # of an earlier start
        return
    sides = (("train", dataset.train), ("validation", dataset.validation))
    names = [(name, side) for side, channel in sides for name in channel.files]
    labels = np.concatenate([channel.labels for _, channel in sides])
    rows = _predictions(dataset.classes, labels, judged.probabilities)
    places = zip(judged.folds.tolist(), judged.clusters.tolist(), strict=True)
    _write_table(
        path,
        ["file", "side", "class", "fold", "cluster", *_PREDICTED, *_columns(dataset.classes)],
        (
            [*name, row[0], *place, *row[1:]]
            for name, place, row in zip(names, places, rows, strict=True)
        ),
    )


def write_sealed_test(folder: Path, classes: list[str], tested: SealedAnswers) -> None:
    """Write test.json and, if an image was measured, test_predictions.csv, a row per image."""
    document, table = _SEALED
    if tested.channel.files:
        rows = _predictions(classes, tested.channel.labels, tested.probabilities)
        named = zip(tested.channel.files, tested.clusters.tolist(), rows, strict=True)
        _write_table(
            folder / table,
            ["file", "class", "cluster", *_PREDICTED, *_columns(classes)],
            ([name, row[0], cluster, *row[1:]] for name, cluster, row in named),
        )
    _write(folder / document, tested.document)


def write_calibration(folder: Path, calibration: CalibrationDocument) -> None:
    """Write calibration.json."""
    _write(folder / "calibration.json", calibration)


def _columns(classes: list[str]) -> list[str]:
    return [f"p:{name}" for name in classes]


def _predictions(classes: list[str], labels: Any, probabilities: Any) -> Iterator[list[str]]:
    """Yield for each image: class, predicted class, its probability, and that of each class."""
    for label, row in zip(labels, probabilities, strict=True):
        predicted = int(np.argmax(row))
        figures = (f"{value:.6f}" for value in (row[predicted], *row))
        yield [classes[label], classes[predicted], *figures]


def _write_table(path: Path, header: list[str], lines: Iterable[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(header)
        rows.writerows(lines)


def write_audit(folder: Path, audit: EarlyAudit | FullAudit) -> None:
    """Write audit.json, and its warnings into the log."""
    for warning in audit["warnings"]:
        print(f"WARNING: {warning['sentence']}", flush=True)
    _write(folder / "audit.json", audit)


def write_review(folder: Path, review: ReviewDocument) -> None:
    """Write review.json, which names the pictures in review/."""
    _write(folder / "review.json", review)


def write_mistakes(folder: Path, mistakes: list[MisclassifiedImage]) -> None:
    """Write mistakes.json, the list of the pictures in mistakes/."""
    _write(folder / "mistakes.json", mistakes)


def _write(path: Path, content: Any) -> None:
    """Write JSON whole or not at all: a job may be killed at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    unfinished.write_text(text + "\n", "utf-8")
    unfinished.replace(path)
