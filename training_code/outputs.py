"""Writes the files that a training leaves for people and for the steps after it."""

import csv
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from channel import Channel
from checkpoint import Progress
from dataset import ImageData
from documents import EarlyAudit, FullAudit, MachineDocument, MisclassifiedImage
from options import Job


def write_history(folder: Path, progress: Progress) -> None:
    """Write history.json: one list per metric, one entry per epoch, null where not finite."""
    history = {
        metric: [value if math.isfinite(value) else None for value in values]
        for metric, values in progress.history.items()
    }
    _write(folder / "history.json", history)


def write_data(folder: Path, dataset: ImageData) -> None:
    """Write classes.json (in the order of the outputs), skipped.json and the early audit.json.

    That is before the first epoch: a job that fails or is stopped reports them, too.
    """
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
    with (folder / "predictions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(
            ["file", "class", "predicted", "probability", *(f"p:{name}" for name in classes)]
        )
        for name, label, row in zip(channel.files, channel.labels, probabilities, strict=True):
            predicted = int(np.argmax(row))
            figures = (f"{value:.6f}" for value in (row[predicted], *row))
            rows.writerow([name, classes[label], classes[predicted], *figures])


def write_audit(folder: Path, audit: EarlyAudit | FullAudit) -> None:
    """Write audit.json, and its warnings into the log."""
    for warning in audit["warnings"]:
        print(f"WARNING: {warning['sentence']}", flush=True)
    _write(folder / "audit.json", audit)


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
