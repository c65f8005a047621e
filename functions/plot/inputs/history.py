"""Reads history.json, one list per metric and one entry per epoch, into a checked History."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plot.errors import HistoryError
from plot.inputs.lenient_json import Json, load

HISTORY = "history.json"
MAXIMUM_EPOCHS = 100_000
# No loss is larger, and none that is not 0 for good smaller, than can be drawn.
LARGEST = 1e30
SHORTEST = 1e-12

Series = tuple[float, ...]

# What a plot needs; without one of them the rest is still shown.
EXPECTED = ("accuracy", "loss", "val_accuracy", "val_loss")
SHARES = ("accuracy", "val_accuracy", "val_macro_f1")
OTHERS = ("learning_rate", "val_macro_f1")


@dataclass(frozen=True)
class History:
    """How a training went. Each series has one number per epoch, NaN where it was not finite.

    Accuracies are shares from 0 to 1; losses are cross-entropies in nats, though those of training
    code of the user's own may be negative. The learning rate and the macro F1 are empty when they
    were not recorded; `missing` names what should have been.
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
    def remarks(self) -> list[str]:
        """What the history lacks, in sentences."""
        remarks = []
        if not self.epochs:
            remarks.append("No epoch was completed: there are no curves.")
        if self.missing:
            remarks.append(f"The history lacks numbers of {', '.join(self.missing)}.")
        if self.gaps:
            were = "number was" if self.gaps == 1 else "numbers were"
            remarks.append(f"{self.gaps:,} {were} not finite (NaN): the curves have gaps there.")
        return remarks


NO_HISTORY = History((), (), (), ())


def read_history(body: bytes) -> History:
    """Read what the training code wrote.

    What is no number of an epoch is a gap. A metric that is not there, is no list, or ends before
    the others is named in `missing`: what is there is still worth showing.

    Raises:
        DocumentError: it is no JSON.
        HistoryError: it holds no lists by metric.
    """
    return history_of(load(body, HISTORY), HISTORY)


def history_of(document: Json, name: str) -> History:
    """Take lists by metric, as history.json and a checkpoint hold them.

    Raises:
        HistoryError: there are none, or one is far too long.
    """
    if not isinstance(document, dict):
        raise HistoryError(f"{name} must hold an object with one list per metric")
    series = {
        metric: _series(document[metric], metric)
        for metric in EXPECTED + OTHERS
        if isinstance(document.get(metric), list)
    }
    epochs = max((len(values) for values in series.values()), default=0)
    missing = tuple(metric for metric in EXPECTED if len(series.get(metric, ())) < epochs)
    for metric in EXPECTED:
        given = series.get(metric, ())
        series[metric] = given + (math.nan,) * (epochs - len(given))
    for metric in OTHERS:
        if len(series.get(metric, ())) < epochs:
            series.pop(metric, None)
    return History(**series, missing=missing)


def span(series: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest number of an axis: 0 is on it, and it has a length."""
    finite = [value for value in series if not math.isnan(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high - low > SHORTEST else (low, low + 1.0)


def _series(values: list[Json], metric: str) -> Series:
    if len(values) > MAXIMUM_EPOCHS:
        raise HistoryError(f"{metric!r} has {len(values)} epochs, {MAXIMUM_EPOCHS} at most")
    low, high = (0.0, 1.0) if metric in SHARES else (-LARGEST, LARGEST)
    return tuple(_number(value, low, high) for value in values)


def _number(value: Json, low: float, high: float) -> float:
    """Return a number between two bounds, NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if low <= value <= high else math.nan
