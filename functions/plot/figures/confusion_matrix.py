"""Draws the confusion matrix: counts and shares of each true class by predicted class."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from common.wording import FEW, percent, share_of
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.figures.lettering import columns
from plot.inputs.predictions import Floats
from plot.statistics.confusion import ConfusionMatrix

# Up to so many classes: inches of a cell, and points of its text. The first that fits counts.
CELLS = ((3, 1.0, 11), (6, 0.8, 11), (12, 0.62, 9), (20, 0.42, 8), (35, 0.34, 7.5), (50, 0.3, 7.5))
CHARACTER_INCHES = 0.085
DARK = 0.55


def draw_confusion_matrix(matrix: ConfusionMatrix, caption: Caption) -> bytes:
    """Draw the matrix, true classes as rows."""
    classes = len(matrix.names)
    names = [caption.name(name) for name in matrix.names]
    cell, points = next((inches, points) for most, inches, points in CELLS if classes <= most)
    lines = [
        *caption.lines,
        "blue: correct, orange: wrong; the darker, the larger the share of the row"
        + (" · " + matrix.remark if matrix.remark else ""),
    ]
    label = CHARACTER_INCHES * (max(map(columns, names)) + 3)
    upright = CHARACTER_INCHES * max(map(columns, names)) < cell
    side, below = classes * cell, 0.4 if upright else label + 0.3
    figure = canvas.new_figure(
        "Confusion matrix",
        lines,
        width=max(canvas.WIDTH_INCHES, side + label + 3),
        height=max(canvas.HEIGHT_INCHES, side + below + canvas.head_inches(len(lines)) + 0.7),
    )
    axes = figure.subplots()
    edges = np.arange(classes + 1) - 0.5
    # Not imshow: enlarging the picture to the size of the sheet takes 600 MB.
    axes.pcolormesh(edges, edges, _colours(matrix.shares), edgecolors=canvas.PAPER, linewidth=1.5)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    _write_cells(axes, matrix, points)
    _label_axes(axes, matrix, names, upright=upright)
    return canvas.to_png(figure)


def _colours(shares: Floats) -> Floats:
    """Mix each cell's colour, shape (classes, classes, 3): blue on the diagonal, orange off it."""
    # The root lifts small shares: one mistake among a hundred must be seen.
    strength = np.sqrt(shares)[..., np.newaxis]
    full = np.where(
        np.eye(len(shares), dtype=bool)[..., np.newaxis], to_rgb(canvas.RIGHT), to_rgb(canvas.WRONG)
    )
    mixed: Floats = 1 - strength * (1 - full)
    return mixed


def _write_cells(axes: Axes, matrix: ConfusionMatrix, points: float) -> None:
    for (row, column), images in np.ndenumerate(matrix.counts):
        if not images and not matrix.has_shares:
            continue
        share = float(matrix.shares[row, column])
        axes.text(
            column,
            row,
            _cell(int(images), share, matrix.has_shares and int(matrix.images[row]) >= FEW),
            ha="center",
            va="center",
            fontsize=points,
            color=canvas.PAPER if np.sqrt(share) > DARK else canvas.INK,
            in_layout=False,  # inside the axes: measuring 2,500 of them takes seconds
        )


def _cell(images: int, share: float, with_share: bool) -> str:
    return f"{images:,}\n{percent(share)}" if images and with_share else f"{images:,}"


def _label_axes(axes: Axes, matrix: ConfusionMatrix, names: list[str], *, upright: bool) -> None:
    rows = range(len(names))
    points = canvas.TICK_POINTS if len(names) <= 20 else 8
    canvas.dress(axes, "Predicted class", "True class", grid="none")
    axes.set_xticks(rows, labels=names, rotation=0 if upright else 90)
    axes.set_yticks(rows, labels=names)
    axes.tick_params(length=0, labelsize=points)
    axes.spines[:].set_visible(False)
    recall = axes.secondary_yaxis("right")
    recall.set_ylabel("Recall", fontsize=canvas.LABEL_POINTS, color=canvas.FAINT)
    recalls = zip(np.diag(matrix.counts), matrix.images, strict=True)
    labels = [share_of(int(hits), int(of)) if of else "no images" for hits, of in recalls]
    recall.set_yticks(rows, labels=labels)
    recall.tick_params(length=0, labelsize=points, colors=canvas.FAINT)
    recall.spines[:].set_visible(False)
