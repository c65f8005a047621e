"""Draws the worst mistakes: each image, its heat map, its true and its predicted class."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from common.wording import count, percent
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.figures.lettering import legible
from plot.inputs.mistakes import Mistake

MAXIMUM = 12
COLUMNS = 3
PICTURE_INCHES = 1.24
TEXT_INCHES = 0.62
GAP_INCHES = 0.14


def draw_mistakes(mistakes: Sequence[Mistake], total: int | None, caption: Caption) -> bytes:
    """Draw up to twelve of the mistakes that have a picture; `total` is how many there are."""
    shown = [mistake for mistake in mistakes if mistake.image][:MAXIMUM]
    rows = [shown[start : start + COLUMNS] for start in range(0, len(shown), COLUMNS)]
    heights = [PICTURE_INCHES * max(_height(mistake) for mistake in row) for row in rows]
    which = count(len(shown), "mistake")
    if total is not None and total > len(shown):
        which = f"the {len(shown)} most confident of {count(total, 'mistake')}"
    lines = [*caption.lines, f"{which} · heat maps: warm areas influenced the prediction most"]
    head = canvas.head_inches(len(lines))
    height = head + sum(heights) + len(rows) * TEXT_INCHES + canvas.MARGIN_INCHES
    figure = canvas.new_figure("Worst mistakes", lines, height=height)
    # Every place is known: a layout engine would measure two dozen axes for nothing.
    figure.set_layout_engine("none")
    bottom = height - head
    for row, row_height in zip(rows, heights, strict=True):
        bottom -= row_height
        for column, mistake in enumerate(row):
            left = canvas.MARGIN_INCHES + column * (2 * PICTURE_INCHES + GAP_INCHES)
            _draw_pair(figure, mistake, (left, bottom), caption)
        bottom -= TEXT_INCHES
    return canvas.to_png(figure)


def _height(mistake: Mistake) -> float:
    """Return the height of a picture as a share of its width, at most 1: then it gets narrower."""
    with Image.open(io.BytesIO(mistake.image or b"")) as picture:
        return min(1.0, picture.height / picture.width)


def _draw_pair(
    figure: Figure, mistake: Mistake, corner: tuple[float, float], caption: Caption
) -> None:
    left, bottom = corner
    width, height = (float(side) for side in figure.get_size_inches())
    for place, body in enumerate((mistake.image, mistake.heat_map)):
        if body is None:
            continue
        axes = figure.add_axes(
            (
                (left + place * PICTURE_INCHES) / width,
                bottom / height,
                0.97 * PICTURE_INCHES / width,
                PICTURE_INCHES / height,
            )
        )
        with Image.open(io.BytesIO(body)) as picture:
            axes.imshow(np.asarray(picture), interpolation="bilinear")
        axes.set_anchor("SW")
        axes.set_axis_off()
    texts = (
        (f"true class {caption.name(mistake.truth)}", canvas.INK),
        (
            f"predicted {caption.name(mistake.predicted, 18)}, {percent(mistake.probability)}",
            canvas.WRONG,
        ),
        (legible(mistake.file.rpartition("/")[2], 34), canvas.FAINT),
    )
    for line, (text, colour) in enumerate(texts):
        figure.text(
            left / width,
            (bottom - 0.04 - 0.16 * line) / height,
            text,
            va="top",
            fontsize=8.5 if line < 2 else 7,
            color=colour,
        )
