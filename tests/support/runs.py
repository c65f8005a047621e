"""Makes all that a run leaves, of any size, as the training and the split write it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from common import keys
from plot.inputs.predictions import Predictions
from tests.support.archives import member, pack
from tests.support.predictions import as_csv, make_predictions, repeated

DATASET = "cf6336caa707e1d8a26868a1b66e77fedb4a20c207ee54fc0a0dc39febe3f783"


@dataclass(frozen=True)
class Shape:
    """How large a run is, and how good."""

    classes: Sequence[str] = ("good", "oil", "scratch", "stain")
    images: int = 240
    epochs: int = 30
    mistakes: int = 20
    skill: float = 3.0
    seed: int = 0
    folds: int = 0
    tested: int = 0  # images of a sealed test set
    copies: int = 2  # images of a cluster in which all are judged alike, if there are folds


def files_of(shape: Shape) -> dict[str, bytes]:
    """Make the files of output.tar.gz."""
    predictions = make_predictions(shape.classes, shape.images, shape.seed, shape.skill)
    mistakes, pictures = _mistakes(predictions, shape.mistakes)
    documents = {
        "history.json": _history(shape),
        "config.json": _config(shape, predictions),
        "classes.json": list(shape.classes),
        "skipped.json": [{"file": "train/oil/x.jpg", "reason": "the file is cut off"}],
        "audit.json": audit_of(predictions),
        "mistakes.json": mistakes,
    }
    return {
        "predictions.csv": as_csv(predictions),
        **(_judged_by_folds(shape) if shape.folds else {}),
        **(_tested(shape) if shape.tested else {}),
        **{name: json.dumps(document).encode() for name, document in documents.items()},
        **pictures,
    }


def _judged_by_folds(shape: Shape) -> dict[str, bytes]:
    """Judge five times as many images, as both sides have; overconfident before scaling."""
    parts = 5 * shape.images // shape.copies
    predictions = repeated(
        make_predictions(shape.classes, parts, shape.seed, shape.skill), shape.copies
    )
    calibration = {
        "temperature": 0.6,
        "fitted_on": "folds",
        "images": len(predictions),
        "folds": shape.folds,
        "clusters": parts,
        "reason": None,
    }
    return {
        "out_of_sample.csv": as_csv(predictions),
        "calibration.json": json.dumps(calibration).encode(),
    }


def _tested(shape: Shape) -> dict[str, bytes]:
    """Measure on a test set in which each image is a part of its own."""
    predictions = make_predictions(shape.classes, shape.tested, shape.seed + 1, shape.skill)
    predictions = replace(predictions, clusters=np.arange(shape.tested))
    test = {
        "test_set": f"{shape.tested:064x}",
        "contents": [f"{number:016x}" for number in range(shape.tested)],
        "images": shape.tested,
        "unreadable": [{"file": "test/oil/cut.jpg", "reason": "the file is cut off"}],
        "copies": [{"file": "test/oil/seen.jpg", "copy_of": "train/oil/7.jpg"}],
        "unknown_classes": {"dent": 2},
    }
    return {"test_predictions.csv": as_csv(predictions), "test.json": json.dumps(test).encode()}


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Pack them as SageMaker does."""
    return pack([member(name, body) for name, body in files.items()])


def manifest_of(shape: Shape, dataset: str = DATASET, left_out: int = 3) -> bytes:
    """Make the split's manifest of the run's validation images."""
    predictions = make_predictions(shape.classes, shape.images, shape.seed, shape.skill)
    rows: list[dict[str, Any]] = []
    for number, file in enumerate(predictions.files):
        class_name, _, name = file.partition("/")
        rows.append(
            {
                "key": f"raw/{class_name}/image {number}.jpg",
                "content": f"{shape.seed:04x}{number:028x}",
                "size": 200_000,
                "class": class_name,
                "group": None,
                "side": "validation",
                "copy": keys.copy("validation", class_name, name),
            }
        )
    for number in range(left_out):
        row = {"key": f"raw/oil/._junk {number}.jpg", "content": f"{number:x}", "size": 4096}
        rows.append(row | {"left_out": "a hidden or system file", "detail": ""})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def verdict_of(shape: Shape, dataset: str = DATASET) -> bytes:
    """Make the split's verdict."""
    config = json.loads(files_of_config(shape))
    counts = {
        name: {side: config["images"][side][name] for side in ("train", "validation")}
        for name in shape.classes
    }
    verdict = {
        "status": "ready",
        "sentence": f"{4 * shape.images} images of {len(counts)} classes to train on.",
        "dataset": dataset,
        "warnings": [{"code": "imbalance", "sentence": "'oil' has 10 times the images of 'good'."}],
        "classes": counts,
        "settings": {
            "validation_share": 0.2,
            "minimum_images_per_class": 10,
            "split_seed": 0,
            "sides": "splits/sides.jsonl",
        },
        "left_out": {"a hidden or system file": 3},
    }
    return json.dumps(verdict).encode()


def files_of_config(shape: Shape) -> bytes:
    """Make config.json alone."""
    predictions = make_predictions(shape.classes, shape.images, shape.seed, shape.skill)
    return json.dumps(_config(shape, predictions)).encode()


def _history(shape: Shape) -> dict[str, list[float | None]]:
    random = np.random.default_rng(shape.seed)
    passed = np.arange(1, shape.epochs + 1) / shape.epochs
    noise = random.normal(scale=0.015, size=(4, shape.epochs))
    chance = 1 / len(shape.classes)
    train = 0.98 - (0.98 - chance) * np.exp(-5 * passed) + noise[0]
    validation = 0.94 - (0.94 - chance) * np.exp(-5 * passed) + noise[1]
    series = {
        "accuracy": np.clip(train, 0, 1),
        "loss": 0.05 + 1.4 * np.exp(-5 * passed) + np.abs(noise[2]),
        "val_accuracy": np.clip(validation, 0, 1),
        "val_loss": 0.2 + 1.3 * np.exp(-5 * passed) + np.abs(noise[3]) + 0.1 * passed,
        "macro_f1": np.clip(train, 0, 1),
        "val_macro_f1": np.clip(validation, 0, 1),
        "learning_rate": 0.002 * np.minimum(10 * passed, (1 + np.cos(np.pi * passed)) / 2),
    }
    return {name: [round(float(value), 6) for value in values] for name, values in series.items()}


def _config(shape: Shape, predictions: Predictions) -> dict[str, Any]:
    counts = np.bincount(predictions.truth, minlength=len(shape.classes))
    validation = {name: int(n) for name, n in zip(shape.classes, counts, strict=True)}
    return {
        "hyperparameters": {
            "architecture": "cnn",
            "epochs": shape.epochs,
            "batch-size": 32,
            "learning-rate": 0.002,
            "image-size": 128,
            "seed": 0,
        },
        "classes": list(shape.classes),
        "images": {
            "train": {name: 4 * n for name, n in validation.items()},
            "validation": validation,
        },
        "skipped": 1,
        "best_epoch": max(1, shape.epochs - 2),
        "exported_epoch": shape.epochs,
        "epoch_chosen_by": "last",
        "epochs_trained": shape.epochs,
        "versions": {"python": "3.12.11", "tensorflow": "2.21.0", "keras": "3.15.1"},
        "instance_type": "ml.m5.xlarge",
        "seed": 0,
        "seconds": {"total": 611.2},
    }


def audit_of(predictions: Predictions) -> dict[str, Any]:
    """Make an audit that warns of both things."""
    counts = np.bincount(predictions.truth)
    accuracy = float(predictions.right.mean())
    return {
        "images": {"train": 4 * len(predictions), "validation": len(predictions)},
        "majority": {
            "class": predictions.classes[int(counts.argmax())],
            "accuracy": float(counts.max() / counts.sum()),
        },
        "model": {"accuracy": accuracy, "macro_f1": accuracy},
        "near_copies": {
            "validation_images": 9,
            "share": 9 / len(predictions),
            "examples": [{"validation": predictions.files[0], "train": "oil/b.jpg", "distance": 3}],
            "accuracy_without": accuracy - 0.01,
            "images_without": len(predictions) - 9,
        },
        "neighbour": {"thumbnail": {"accuracy": 0.71}, "border": {"accuracy": 0.93}, "sampled": {}},
        "warnings": [
            {
                "code": "shortcut",
                "sentence": "The border of the pictures alone tells the class in 93.0 % of the "
                "validation images, so the accuracy does not show that the defect was seen.",
            }
        ],
    }


def _mistakes(predictions: Predictions, most: int) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    wrong = np.flatnonzero(~predictions.right)
    wrong = wrong[np.argsort(-predictions.confidence[wrong], kind="stable")][:most]
    rows, pictures = [], {}
    for number, place in enumerate(wrong):
        names = {kind: f"mistakes/{number:02}-{kind}.png" for kind in ("image", "heat")}
        assert predictions.probabilities is not None
        rows.append(
            {
                "file": predictions.files[place],
                "class": predictions.classes[predictions.truth[place]],
                "predicted": predictions.classes[predictions.predicted[place]],
                "probability": float(predictions.confidence[place]),
                "true_probability": float(
                    predictions.probabilities[place, predictions.truth[place]]
                ),
                "image": names["image"],
                "heat_map": names["heat"],
            }
        )
        pictures[names["image"]] = picture(number, heat=False)
        pictures[names["heat"]] = picture(number, heat=True)
    return rows, pictures


@cache
def picture(number: int, *, heat: bool, size: tuple[int, int] = (256, 144)) -> bytes:
    """Draw a grey surface with a scratch, and over it what a heat map would show."""
    random = np.random.default_rng(number)
    pixels = random.normal(110, 14, (size[1], size[0], 1)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(np.repeat(pixels, 3, axis=2))
    x, y = (int(random.integers(30, side - 30)) for side in size)
    draw = ImageDraw.Draw(image)
    draw.line((x - 22, y - 15, x + 22, y + 15), fill=(225, 225, 230), width=2)
    if heat:
        warm = Image.new("RGB", size, (60, 0, 90))
        ImageDraw.Draw(warm).ellipse((x - 40, y - 40, x + 40, y + 40), fill=(250, 210, 40))
        image = Image.blend(image, warm, 0.45)
    output = io.BytesIO()
    image.save(output, format="PNG")
    return output.getvalue()
