"""What a training's predictions are worth, and how much that varies."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, recall_score


@dataclass(frozen=True)
class Scores:
    """Shares of 1, measured on `images` images."""

    images: int
    accuracy: float
    macro_f1: float
    lowest_recall: float  # of any class


@dataclass(frozen=True)
class Spread:
    """The mean of some values, and how far they go."""

    mean: float
    least: float
    most: float

    def percent(self) -> str:
        """Write it in percent: the mean, and the range if there is one."""
        if self.least == self.most:
            return f"{100 * self.mean:.1f}"
        return f"{100 * self.mean:.1f} ({100 * self.least:.1f} to {100 * self.most:.1f})"


def score(predictions: Path) -> Scores:
    """Read a predictions.csv of the trainer, which tells of the last epoch."""
    with predictions.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    truth, predicted = ([row[column] for row in rows] for column in ("class", "predicted"))
    classes = sorted(set(truth))
    recalls = recall_score(truth, predicted, labels=classes, average=None)
    return Scores(
        images=len(rows),
        accuracy=float(np.mean([a == b for a, b in zip(truth, predicted, strict=True)])),
        macro_f1=float(f1_score(truth, predicted, labels=classes, average="macro")),
        lowest_recall=float(min(recalls)),
    )


def spread(values: Iterable[float]) -> Spread:
    """Return mean and range."""
    values = list(values)
    return Spread(sum(values) / len(values), min(values), max(values))
