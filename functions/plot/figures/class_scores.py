"""Draws precision, recall and F1 of each class with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from common.wording import count
from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.statistics.intervals import Estimate
from plot.statistics.metrics import ClassScore, Scores

ROW_INCHES = 0.52
NARROW_ROW_INCHES = 0.34
SPREAD = 0.24


def draw_class_scores(scores: Scores, caption: Caption) -> bytes:
    """Draw a row per class, the weakest on top."""
    shown = scores.weakest_first[: canvas.MAXIMUM_ROWS]
    lines = [*caption.lines, "lines: 95 % intervals (Wilson), longer with fewer images"]
    if len(shown) < len(scores.by_class):
        lines[-1] += f" · the {len(shown)} weakest of {count(len(scores.by_class))} classes"
    figure, axes = canvas.new_class_rows(
        "Precision, recall and F1 per class",
        lines,
        labels=[f"{caption.name(item.name)}\n{count(item.images, 'image')}" for item in shown],
        across="Precision, recall, F1 (%)",
        row_inches=NARROW_ROW_INCHES if len(shown) > canvas.MANY_ROWS else ROW_INCHES,
    )
    _draw(axes, [item.precision for item in shown], -SPREAD, "precision", style.PRECISION)
    _draw(axes, [item.recall for item in shown], 0, "recall", style.RECALL)
    _draw(axes, [item.f1 for item in shown], SPREAD, "F1", style.F1)
    axes.set_xlim(_left_end(shown), 1.01)
    # No steps of 2.5 points: the labels are whole percentages.
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    canvas.in_percent(axes.xaxis)
    for row in range(1, len(shown)):
        axes.axhline(row - 0.5, color=style.GRID, linewidth=0.8, zorder=0)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw(
    axes: Axes, estimates: Sequence[Estimate], offset: float, label: str, stroke: style.Stroke
) -> None:
    known = [(row + offset, item) for row, item in enumerate(estimates) if item.is_known]
    axes.hlines(
        [row for row, _ in known],
        [estimate.low for _, estimate in known],
        [estimate.high for _, estimate in known],
        color=stroke.colour,
        linewidth=stroke.width,
    )
    axes.plot(
        [estimate.value for _, estimate in known],
        [row for row, _ in known],
        linestyle="none",
        label=label,
        color=stroke.colour,
        marker=stroke.marker,
        markersize=stroke.marker_size * (0.7 if len(estimates) > canvas.MANY_ROWS else 1),
        clip_on=False,
    )


def _left_end(shown: Sequence[ClassScore]) -> float:
    """Return the tenth below the lowest end of an interval: room for the differences there are."""
    lows = [
        estimate.low
        for item in shown
        for estimate in (item.precision, item.recall, item.f1)
        if estimate.is_known
    ]
    return math.floor(10 * min(lows, default=0.0)) / 10 - 0.01
