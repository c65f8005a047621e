"""Draws how many images each class has for training and for validation."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from common.wording import count
from plot.analysis import ClassSize
from plot.figures import canvas, style
from plot.figures.canvas import Caption

ROW_INCHES = 0.4
NARROW_ROW_INCHES = 0.24
BAR = 0.72  # of the height of a row


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
        row_inches=NARROW_ROW_INCHES if len(shown) > canvas.MANY_ROWS else ROW_INCHES,
    )
    _draw_bars(axes, shown)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw_bars(axes: Axes, sizes: Sequence[ClassSize]) -> None:
    rows = range(len(sizes))
    train = [size.train for size in sizes]
    axes.barh(rows, train, color=style.TRAIN.colour, label="training", height=BAR)
    axes.barh(
        rows,
        [size.validation for size in sizes],
        left=train,
        color=style.VALIDATION.colour,
        label="validation",
        height=BAR,
        hatch="///",
        edgecolor=style.PAPER,
        linewidth=0,
    )
    largest = max((size.images for size in sizes), default=1) or 1
    for row, size in enumerate(sizes):
        axes.text(
            size.images + 0.01 * largest,
            row,
            f"{count(size.train)} + {count(size.validation)}",
            va="center",
            fontsize=8 if len(sizes) > canvas.MANY_ROWS else style.TICK_POINTS,
            color=style.INK,
        )
    axes.set_xlim(0, 1.16 * largest)
