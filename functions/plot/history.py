"""Reads history.json, one list per metric and one entry per epoch, into a checked History."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise

from plot.errors import HistoryError

MAXIMUM_EPOCHS = 100_000

Series = tuple[float, ...]

# What a plot needs; without one of them the rest is still shown.
EXPECTED = ("accuracy", "loss", "val_accuracy", "val_loss")
SHARES = ("accuracy", "val_accuracy", "val_macro_f1")
OTHERS = ("learning_rate", "val_macro_f1")


@dataclass(frozen=True)
class History:
    """How a training went. Each series has one number per epoch, NaN where it was not finite.

    Accuracies are shares from 0 to 1; losses are cross-entropies in nats. The learning rate and the
    macro F1 are empty when they were not recorded; `missing` names what should have been.
    """

    accuracy: Series
    loss: Series
    val_accuracy: Series
    val_loss: Series
    learning_rate: Series = ()
    val_macro_f1: Series = ()
    missing: tuple[str, ...] = ()

    @property
    def epochs(self) -> int:
        """How many epochs were trained; 0 when none was completed."""
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

    @property
    def gaps(self) -> int:
        """How many numbers of recorded metrics were not finite."""
        recorded = [getattr(self, name) for name in EXPECTED if name not in self.missing]
        return sum(math.isnan(value) for series in recorded for value in series)

    @property
    def is_rate_changing(self) -> bool:
        """Whether the learning rate was recorded and was not the same all the time."""
        finite = [value for value in self.learning_rate if not math.isnan(value)]
        return any(before != after for before, after in pairwise(finite))


def read_history(body: bytes) -> History:
    """Read what the training code wrote.

    A metric that is not there, or ends before the others, is named in `missing` and filled with
    NaN: what is there is still worth showing.

    Raises:
        HistoryError: it is no JSON, or a value is of the wrong kind.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"history.json is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise HistoryError("history.json must be an object with one list per metric")
    return history_of(document)


def history_of(document: dict[str, object]) -> History:
    """Check lists by metric, as history.json and a checkpoint hold them.

    Raises:
        HistoryError: a value is of the wrong kind.
    """
    series = {name: _series(document, name) for name in EXPECTED + OTHERS if name in document}
    for name in SHARES:
        if any(value < 0 or value > 1 for value in series.get(name, ())):
            raise HistoryError(f"{name!r} has a number outside 0 to 1")
    epochs = max((len(values) for values in series.values()), default=0)
    missing = tuple(name for name in EXPECTED if len(series.get(name, ())) < epochs)
    for name in EXPECTED:
        given = series.get(name, ())
        series[name] = given + (math.nan,) * (epochs - len(given))
    for name in OTHERS:
        if len(series.get(name, ())) < epochs:
            series.pop(name, None)
    return History(**series, missing=missing)


def _series(document: dict[str, object], metric: str) -> Series:
    values = document[metric]
    if not isinstance(values, list):
        raise HistoryError(f"{metric!r} of history.json is no list")
    if len(values) > MAXIMUM_EPOCHS:
        raise HistoryError(f"{metric!r} has {len(values)} epochs, {MAXIMUM_EPOCHS} at most")
    return tuple(_number(metric, value) for value in values)


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
