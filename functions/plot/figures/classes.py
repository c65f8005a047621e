"""Draws a row per class: precision, recall and F1 with 95 % intervals, and how many images."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from common.wording import count
from plot.analysis import ClassSize
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.statistics.intervals import Estimate
from plot.statistics.metrics import ClassScore, Scores

# Inches of a row, and of one among many.
ROW_OF_SCORES = (0.52, 0.34)
ROW_OF_SIZES = (0.4, 0.24)
SPREAD = 0.24
BAR = 0.72  # of the height of a row


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
        row_inches=ROW_OF_SCORES,
    )
    _draw(axes, [item.precision for item in shown], -SPREAD, "precision", canvas.PRECISION)
    _draw(axes, [item.recall for item in shown], 0, "recall", canvas.RECALL)
    _draw(axes, [item.f1 for item in shown], SPREAD, "F1", canvas.F1)
    axes.set_xlim(_left_end(shown), 1.01)
    canvas.in_percent(axes.xaxis)
    for row in range(1, len(shown)):
        axes.axhline(row - 0.5, color=canvas.GRID, linewidth=0.8, zorder=0)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw(
    axes: Axes, estimates: Sequence[Estimate], offset: float, label: str, stroke: canvas.Stroke
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


def draw_class_sizes(sizes: Sequence[ClassSize], caption: Caption) -> bytes:
    """Draw a bar per class in the given order, the largest on top."""
    shown = sizes[: canvas.MAXIMUM_ROWS]
    lines = caption.lines
    if len(shown) < len(sizes):
        lines.append(f"the {len(shown)} largest of {count(len(sizes))} classes")
    figure, axes = canvas.new_class_rows(
        "Images per class",
        lines,
        labels=[caption.name(size.name) for size in shown],
        across="Images",
        row_inches=ROW_OF_SIZES,
    )
    _draw_bars(axes, shown)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw_bars(axes: Axes, sizes: Sequence[ClassSize]) -> None:
    rows = range(len(sizes))
    train = [size.train for size in sizes]
    axes.barh(rows, train, color=canvas.TRAIN.colour, label="training", height=BAR)
    axes.barh(
        rows,
        [size.validation for size in sizes],
        left=train,
        color=canvas.VALIDATION.colour,
        label="validation",
        height=BAR,
        hatch="///",
        edgecolor=canvas.PAPER,
        linewidth=0,
    )
    largest = max((size.images for size in sizes), default=1) or 1
    for row, size in enumerate(sizes):
        axes.text(
            size.images + 0.01 * largest,
            row,
            f"{count(size.train)} + {count(size.validation)}",
            va="center",
            fontsize=8 if len(sizes) > canvas.MANY_ROWS else canvas.TICK_POINTS,
            color=canvas.INK,
        )
    axes.set_xlim(0, 1.16 * largest)
