"""The learning curves as the PNGs and the report draw them: their values, axes and ticks. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from common.wording import percent
from plot.inputs.history import History, Series

SHORTEST = 1e-12  # of an axis


@dataclass(frozen=True)
class LearningCurve:
    """A number by epoch, of the training and of the validation; `validation` may be empty."""

    title: str
    axis: str
    train: Series
    validation: Series
    is_share: bool

    @property
    def values(self) -> list[float]:
        """The finite values of both."""
        return [value for value in self.train + self.validation if not math.isnan(value)]

    @property
    def ends(self) -> tuple[float, float]:
        """Where the axis begins and ends; shares end at 1 and begin at a tenth."""
        if not self.is_share:
            return ends_with_zero(self.values)
        return max(0.0, math.floor(min(self.values, default=0.0) * 10 - 0.5) / 10), 1.0

    def text(self, value: float) -> str:
        """Write a value of the metric."""
        return percent(value) if self.is_share else f"{value:.3g}"


def learning_curves(history: History) -> list[LearningCurve]:
    """Return accuracy, loss, and the learning rate if it is known."""
    accuracy, loss = (history.accuracy, history.val_accuracy), (history.loss, history.val_loss)
    curves = [
        LearningCurve("Accuracy", "Accuracy (%)", *accuracy, is_share=True),
        LearningCurve("Loss", "Loss (nats; lower is better)", *loss, is_share=False),
    ]
    if history.learning_rate:
        rate = history.learning_rate
        curves.append(LearningCurve("Learning rate", "Learning rate", rate, (), is_share=False))
    return curves


def ends_with_zero(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis that has 0 on it and all finite values, and has a length."""
    finite = [value for value in values if not math.isnan(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high - low > SHORTEST else (low, low + 1.0)


def epoch_ticks(epochs: int, most: int) -> list[int]:
    """Return about `most` whole epochs for the ticks of an axis, the first always among them."""
    step = max(1, round(_round_step(max(epochs - 1, 1) / most)))
    return sorted({1, *range(step, epochs + 1, step)})


def value_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return the multiples of a round number that lie between two values."""
    step = _round_step((high - low) / most)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(multiple * step, 12) for multiple in range(first, last + 1)]


def _round_step(least: float) -> float:
    """Return the next of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)
