"""The axes of the learning curves: where they end, and their ticks."""

from __future__ import annotations

import math

import pytest

from plot.inputs.history import History
from plot.learning_curves import ends_with_zero, epoch_ticks, learning_curves, value_ticks


@pytest.mark.parametrize(
    ("series", "ends"),
    [
        ((0.5, 2.0, math.nan), (0.0, 2.0)),
        ((-3.0, -1.0), (-3.0, 0.0)),
        ((0.0,), (0.0, 1.0)),
        ((1e-320,), (0.0, 1.0)),
        ((), (0.0, 1.0)),
    ],
)
def test_an_axis_has_0_on_it_and_a_length(
    series: tuple[float, ...], ends: tuple[float, float]
) -> None:
    assert ends_with_zero(series) == ends


@pytest.mark.parametrize("epochs", [1, 2, 7, 30, 200, 1000])
@pytest.mark.parametrize("most", [6, 12])
def test_epoch_ticks_are_whole_and_inside(epochs: int, most: int) -> None:
    ticks = epoch_ticks(epochs, most)
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= epochs
    assert len(ticks) <= most + 2


def test_an_axis_of_shares_ends_at_1_and_begins_at_a_tenth() -> None:
    history = History((0.71, 0.95), (1.0, 0.5), (0.68, math.nan), (1.0, 0.5))
    assert learning_curves(history)[0].ends == (0.6, 1.0)


@pytest.mark.parametrize(
    ("ends", "ticks"),
    [
        ((0.6, 1.0), [0.6, 0.7, 0.8, 0.9, 1.0]),
        ((0.0, 1.4), [0.0, 0.5, 1.0]),
        ((-3.0, 0.0), [-3.0, -2.0, -1.0, 0.0]),
    ],
)
def test_value_ticks_are_round(ends: tuple[float, float], ticks: list[float]) -> None:
    assert value_ticks(*ends) == pytest.approx(ticks)
