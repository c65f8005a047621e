"""Reads history.json, one list per metric and one entry per epoch, into a checked History."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from plot.errors import HistoryError

MAXIMUM_EPOCHS = 100_000

Series = tuple[float, ...]


@dataclass(frozen=True)
class History:
    """How a training went. Each series has one number per epoch, NaN where it was not finite.

    Accuracies are shares from 0 to 1; losses are cross-entropies in nats.
    """

    accuracy: Series
    loss: Series
    val_accuracy: Series
    val_loss: Series

    @property
    def epochs(self) -> int:
        """How many epochs were trained, at least 1."""
        return len(self.loss)

    @property
    def best_epoch(self) -> int | None:
        """The epoch, counted from 1, with the lowest validation loss; the first one of equals.

        None when no epoch had a finite validation loss.
        """
        finite = [
            (loss, epoch) for epoch, loss in enumerate(self.val_loss, 1) if not math.isnan(loss)
        ]
        return min(finite)[1] if finite else None


def read_history(body: bytes) -> History:
    """Read what the training code wrote.

    Raises:
        HistoryError: it is no JSON, lacks a metric, or its lists do not fit together.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"history.json is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise HistoryError("history.json must be an object with one list per metric")
    history = History(
        accuracy=_shares(document, "accuracy"),
        loss=_series(document, "loss"),
        val_accuracy=_shares(document, "val_accuracy"),
        val_loss=_series(document, "val_loss"),
    )
    lengths = {name: len(series) for name, series in vars(history).items()}
    if len(set(lengths.values())) > 1:
        raise HistoryError(f"the lists of history.json differ in length: {lengths}")
    return history


def _series(document: dict[str, object], metric: str) -> Series:
    values = document.get(metric)
    if not isinstance(values, list):
        raise HistoryError(f"history.json has no list {metric!r}")
    if not 1 <= len(values) <= MAXIMUM_EPOCHS:
        raise HistoryError(f"{metric!r} has {len(values)} epochs, expected 1 to {MAXIMUM_EPOCHS}")
    return tuple(_number(metric, value) for value in values)


def _shares(document: dict[str, object], metric: str) -> Series:
    series = _series(document, metric)
    if any(value < 0 or value > 1 for value in series):
        raise HistoryError(f"{metric!r} has a number outside 0 to 1")
    return series


def _number(metric: str, value: object) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HistoryError(f"{metric!r} has {value!r} where a number or null is expected")
    try:
        number = float(value)
    except OverflowError:
        return math.nan
    return number if math.isfinite(number) else math.nan
