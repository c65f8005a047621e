"""Draws the confusion matrix: what each class was taken for, as counts and shares of its row."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.figures.lettering import columns
from plot.inputs.predictions import Floats
from plot.statistics.confusion import ConfusionMatrix

# Up to so many classes a cell has room for a count and a share.
WITH_SHARES = 12
# Inches of a cell by the number of classes, the first that is not exceeded.
CELLS = ((3, 1.0), (6, 0.8), (WITH_SHARES, 0.62), (20, 0.42), (35, 0.34), (50, 0.3))
CHARACTER_INCHES = 0.085
DARK = 0.55


def draw_confusion(matrix: ConfusionMatrix, caption: Caption) -> bytes:
    """Draw the matrix, true classes as rows."""
    classes = len(matrix.names)
    names = [caption.name(name) for name in matrix.names]
    cell = next(inches for limit, inches in CELLS if classes <= limit)
    label = CHARACTER_INCHES * (max(map(columns, names)) + 3)
    lines = [
        *caption.lines,
        "blue: right, orange: wrong; the darker, the larger the share of the row"
        + (" · " + matrix.remark if matrix.remark else ""),
    ]
    side = classes * cell
    upright = _is_upright(names, cell)
    across = 0.4 if upright else label + 0.3
    figure = canvas.new_figure(
        "Confusion matrix",
        lines,
        width=max(style.WIDTH_INCHES, side + label + 2.4),
        height=max(style.HEIGHT_INCHES, side + across + canvas.head_inches(len(lines)) + 0.7),
    )
    axes = figure.subplots()
    edges = np.arange(classes + 1) - 0.5
    # Not imshow: enlarging the picture to the size of the sheet takes 600 MB.
    axes.pcolormesh(edges, edges, _colours(matrix.shares), edgecolors=style.PAPER, linewidth=1.5)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    _write_cells(axes, matrix)
    _name(axes, matrix, names, upright=upright)
    return canvas.to_png(figure)


def _is_upright(names: list[str], cell: float) -> bool:
    """Whether names fit below their columns without being turned."""
    return CHARACTER_INCHES * max(map(columns, names)) < cell


def _colours(shares: Floats) -> Floats:
    """Mix each cell's colour, shape (classes, classes, 3): blue on the diagonal, orange off it."""
    # The root lifts small shares: one mistake among a hundred must be seen.
    strength = np.sqrt(shares)[..., np.newaxis]
    full = np.where(
        np.eye(len(shares), dtype=bool)[..., np.newaxis], to_rgb(style.RIGHT), to_rgb(style.WRONG)
    )
    mixed: Floats = 1 - strength * (1 - full)
    return mixed


def _write_cells(axes: Axes, matrix: ConfusionMatrix) -> None:
    classes = len(matrix.names)
    points = 11 if classes <= 6 else 9 if classes <= WITH_SHARES else 8 if classes <= 20 else 7.5
    for row in range(classes):
        for column in range(classes):
            count, share = int(matrix.counts[row, column]), matrix.shares[row, column]
            if not count and classes > WITH_SHARES:
                continue
            text = f"{count:,}"
            if count and classes <= WITH_SHARES:
                text += f"\n{_percent(share)}"
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=points,
                color=style.PAPER if np.sqrt(share) > DARK else style.INK,
                in_layout=False,  # inside the axes: measuring 2,500 of them takes seconds
            )


def _name(axes: Axes, matrix: ConfusionMatrix, names: list[str], *, upright: bool) -> None:
    places = range(len(names))
    canvas.dress(axes, "Taken for", "True class", grid="none")
    axes.set_xticks(places, labels=names, rotation=0 if upright else 90)
    axes.set_yticks(places, labels=names)
    axes.tick_params(length=0, labelsize=style.TICK_POINTS if len(names) <= 20 else 8)
    axes.spines[:].set_visible(False)
    found = axes.secondary_yaxis("right")
    found.set_yticks(places, labels=[_found(matrix, row) for row in places])
    found.tick_params(
        length=0, labelsize=style.TICK_POINTS if len(names) <= 20 else 8, colors=style.FAINT
    )
    found.spines[:].set_visible(False)


def _found(matrix: ConfusionMatrix, row: int) -> str:
    images = int(matrix.images[row])
    if not images:
        return "no image"
    return f"{_percent(float(matrix.shares[row, row]))} of {images:,}"


def _percent(share: float) -> str:
    """Write a share as whole percent, without making 0 or 100 of what is not."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        return "> 99 %"
    return "< 1 %" if whole == 0 and share > 0 else f"{whole} %"
