"""Draws precision, recall and F1 of each class with their 95 % intervals."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.statistics.intervals import Estimate
from plot.statistics.metrics import ClassScore, Scores

MAXIMUM_CLASSES = 50
ROW_INCHES = 0.52
MANY_ROW_INCHES = 0.34
MANY = 15
SPREAD = 0.24


def draw_scores(scores: Scores, caption: Caption) -> bytes:
    """Draw a row per class, the class that is found least on top."""
    shown = sorted(
        scores.by_class, key=lambda one: (one.images == 0, one.recall.value if one.images else 0)
    )[:MAXIMUM_CLASSES]
    lines = [*caption.lines, "lines: 95 % intervals (Wilson); the fewer images, the longer"]
    if len(shown) < len(scores.by_class):
        lines[-1] += f" · the {len(shown)} weakest of {len(scores.by_class)} classes"
    row = MANY_ROW_INCHES if len(shown) > MANY else ROW_INCHES
    height = canvas.head_inches(len(lines)) + 0.8 + row * len(shown)
    figure = canvas.new_figure(
        "Precision, recall and F1 per class", lines, height=max(style.HEIGHT_INCHES, height)
    )
    axes = figure.subplots()
    canvas.dress(axes, "% (precision: of those named so, recall: of the class)", "", grid="x")
    _draw(axes, [one.precision for one in shown], -SPREAD, "precision", style.PRECISION)
    _draw(axes, [one.recall for one in shown], 0, "recall", style.RECALL)
    _draw(axes, [one.f1 for one in shown], SPREAD, "F1", style.F1)
    axes.set_xlim(_left_end(shown), 1.01)
    # No steps of 2.5 points: they would be told rounded.
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=""))
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), labels=[_label(one, caption) for one in shown])
    axes.tick_params(axis="y", length=0, labelsize=8 if len(shown) > MANY else style.TICK_POINTS)
    for place in range(1, len(shown)):
        axes.axhline(place - 0.5, color=style.GRID, linewidth=0.8, zorder=0)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw(
    axes: Axes, estimates: list[Estimate], offset: float, label: str, stroke: style.Stroke
) -> None:
    known = [(place + offset, one) for place, one in enumerate(estimates) if one.is_known]
    axes.hlines(
        [place for place, _ in known],
        [one.low for _, one in known],
        [one.high for _, one in known],
        color=stroke.colour,
        linewidth=stroke.width,
    )
    axes.plot(
        [one.value for _, one in known],
        [place for place, _ in known],
        linestyle="none",
        label=label,
        color=stroke.colour,
        marker=stroke.marker,
        markersize=stroke.marker_size * (0.7 if len(estimates) > MANY else 1),
        clip_on=False,
    )


def _left_end(shown: list[ClassScore]) -> float:
    """Return the tenth below the lowest end of an interval: room for the differences there are."""
    known = [
        estimate.low
        for one in shown
        for estimate in (one.precision, one.recall, one.f1)
        if estimate.is_known
    ]
    return math.floor(10 * min(known, default=0.0)) / 10 - 0.01


def _label(one: ClassScore, caption: Caption) -> str:
    noun = "image" if one.images == 1 else "images"
    return f"{caption.name(one.name)}\n{one.images:,} {noun}"
