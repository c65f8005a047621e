"""Reads history.json: one list per metric, with one number per epoch. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from common.wording import count
from plot.errors import DocumentError
from plot.inputs.lenient_json import Json, load

HISTORY = "history.json"
MAXIMUM_EPOCHS = 100_000
LARGEST = 1e30  # a larger loss can't be drawn

Series = tuple[float, ...]

# The metrics that the plots need; without one of them the rest is still shown.
EXPECTED = ("accuracy", "loss", "val_accuracy", "val_loss")
SHARES = ("accuracy", "val_accuracy", "val_macro_f1")
OTHERS = ("learning_rate", "val_macro_f1")


@dataclass(frozen=True)
class History:
    """The metrics of a training. Each series has one number per epoch, NaN where it isn't finite.

    Accuracies are shares from 0 to 1; losses are cross-entropies in nats, though those of custom
    training code may be negative. The learning rate and the macro F1 are empty when they weren't
    recorded; `missing` names the expected metrics that are incomplete.
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
        """The number of completed epochs."""
        return len(self.loss)

    @property
    def best_epoch(self) -> int | None:
        """The first epoch, counted from 1, with the lowest validation loss.

        None when no epoch had a finite validation loss.
        """
        finite = [
            (loss, epoch) for epoch, loss in enumerate(self.val_loss, 1) if not math.isnan(loss)
        ]
        return min(finite)[1] if finite else None

    @property
    def gaps(self) -> int:
        """The number of values of recorded metrics that aren't finite."""
        recorded = [getattr(self, name) for name in EXPECTED if name not in self.missing]
        return sum(math.isnan(value) for series in recorded for value in series)

    @property
    def remarks(self) -> list[str]:
        """The history's shortcomings, in sentences."""
        remarks = []
        if not self.epochs:
            remarks.append("No epoch was completed: there are no curves.")
        if self.missing:
            remarks.append(f"The history lacks numbers of {', '.join(self.missing)}.")
        if self.gaps:
            remarks.append(f"The curves have gaps: {count(self.gaps, 'value')} not finite (NaN).")
        return remarks


NO_HISTORY = History((), (), (), ())


def read_history(body: bytes) -> History:
    """Read the history that the training code wrote.

    Raises:
        DocumentError: it isn't JSON or has no lists by metric.
    """
    return history_of(load(body, HISTORY), HISTORY)


def history_of(document: Json, name: str) -> History:
    """Check the lists by metric of history.json or of a checkpoint.

    A value that isn't a number is a gap. A metric that is missing, isn't a list, or is shorter than
    the others is named in `missing`; the rest is still worth showing.

    Raises:
        DocumentError: there are none, or one is far too long.
    """
    if not isinstance(document, dict):
        raise DocumentError(f"{name} must be an object with one list per metric")
    series = {
        metric: _series(document[metric], metric)
        for metric in EXPECTED + OTHERS
        if isinstance(document.get(metric), list)
    }
    epochs = max((len(values) for values in series.values()), default=0)
    missing = tuple(metric for metric in EXPECTED if len(series.get(metric, ())) < epochs)
    for metric in EXPECTED:
        values = series.get(metric, ())
        series[metric] = values + (math.nan,) * (epochs - len(values))
    for metric in OTHERS:
        if len(series.get(metric, ())) < epochs:
            series.pop(metric, None)
    return History(**series, missing=missing)


def _series(values: list[Json], metric: str) -> Series:
    if len(values) > MAXIMUM_EPOCHS:
        raise DocumentError(f"{metric!r} has {len(values)} epochs, {MAXIMUM_EPOCHS} at most")
    low, high = (0.0, 1.0) if metric in SHARES else (-LARGEST, LARGEST)
    return tuple(_number(value, low, high) for value in values)


def _number(value: Json, low: float, high: float) -> float:
    """Return a number between two bounds, NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if low <= value <= high else math.nan
