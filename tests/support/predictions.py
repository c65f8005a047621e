"""Predictions of a model that is right with a given probability, as objects and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np

from plot.inputs.predictions import Predictions

# Numbers of classes and images, and a seed.
CASES = [(2, 3, 0), (2, 50, 1), (4, 240, 2), (7, 900, 3), (30, 400, 4), (50, 60, 5)]


def make_predictions(
    classes: Sequence[str], images: int, seed: int = 0, skill: float = 3.0
) -> Predictions:
    """Make predictions on `images` images; the greater `skill`, the fewer mistakes."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, len(classes), images)
    logits = random.normal(size=(images, len(classes)))
    logits[np.arange(images), truth] += skill
    powers = np.exp(logits)
    probabilities = np.round(powers / powers.sum(axis=1, keepdims=True), 6)
    predicted = probabilities.argmax(axis=1)
    return Predictions(
        classes=tuple(classes),
        files=tuple(f"{classes[k]}/image {n}-{n:08x}.jpg" for n, k in enumerate(truth)),
        truth=truth,
        predicted=predicted,
        confidence=probabilities[np.arange(images), predicted],
        probabilities=probabilities,
    )


def repeated(predictions: Predictions, copies: int) -> Predictions:
    """Photograph each image `copies` times: clusters of images that are all judged alike."""
    assert predictions.probabilities is not None
    n = np.repeat(np.arange(len(predictions)), copies)
    return Predictions(
        classes=predictions.classes,
        files=tuple(f"{predictions.files[k]}-{place}.jpg" for place, k in enumerate(n)),
        truth=predictions.truth[n],
        predicted=predictions.predicted[n],
        confidence=predictions.confidence[n],
        probabilities=predictions.probabilities[n],
        clusters=n,
    )


def as_csv(predictions: Predictions) -> bytes:
    """Write them as the training code does: out of sample if they have clusters."""
    assert predictions.probabilities is not None
    names, clusters = predictions.classes, predictions.clusters
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    head = ["file", "class", "predicted", "probability"]
    if clusters is not None:
        head = ["file", "side", "class", "fold", "cluster", "predicted", "probability"]
    writer.writerow([*head, *(f"p:{name}" for name in names)])
    for n, file in enumerate(predictions.files):
        row = predictions.probabilities[n]
        figures = [f"{value:.6f}" for value in (row.max(), *row)]
        truth, predicted = names[predictions.truth[n]], names[predictions.predicted[n]]
        if clusters is None:
            writer.writerow([file, truth, predicted, *figures])
        else:
            side, fold = ("validation" if n % 5 == 0 else "train"), int(clusters[n]) % 5 + 1
            writer.writerow([file, side, truth, fold, clusters[n], predicted, *figures])
    return output.getvalue().encode()


def class_names(count: int) -> list[str]:
    return [f"class {number:02}" for number in range(count)]


def predictions_of(classes: list[str], truth: list[int], predicted: list[int]) -> Predictions:
    confidence = np.full(len(truth), np.nan)
    files = tuple(f"{n}.png" for n in range(len(truth)))
    return Predictions(tuple(classes), files, np.array(truth), np.array(predicted), confidence)
