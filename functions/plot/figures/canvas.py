"""The sheet that every plot is drawn on: its look, its head, its axes, and how it becomes a PNG.

Blue, vermilion and bluish green of the palette by Okabe and Ito (https://jfly.uni-koeln.de/color/)
stay apart for every common kind of colour blindness; marker and stroke differ as well, for print in
grey.

matplotlib's object API keeps no global list of figures, so a warm Lambda does not grow:
https://matplotlib.org/stable/gallery/user_interfaces/web_application_server_sgskip.html
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, PercentFormatter

from plot.figures.lettering import FAMILIES, MAXIMUM_COLUMNS, is_drawable, legible

POINTS_PER_INCH = 72
LINE = 1.3  # of a line of text, in times its size
MARGIN_INCHES = 0.1
MAXIMUM_ROWS = 50
MANY_ROWS = 15  # from here on rows are narrower and letters smaller

WIDTH_INCHES = 8.0
HEIGHT_INCHES = 5.0
DOTS_PER_INCH = 160  # 1280 x 800 pixels: sharp on a laptop, and large enough for a slide

INK = "#222222"
FAINT = "#6b6b6b"
GRID = "#dddddd"
PAPER = "#ffffff"
BEST = "#117733"
RIGHT = "#0072B2"
WRONG = "#D55E00"

TITLE_POINTS = 14
SUBTITLE_POINTS = 9.5
LABEL_POINTS = 11
TICK_POINTS = 10

# Beyond this many epochs a marker per epoch is a smear.
MAXIMUM_MARKED_EPOCHS = 40


@dataclass(frozen=True)
class Stroke:
    """How one line is drawn; sizes in points.

    The train marker is the larger one: it shows around the other where both fall together.
    """

    colour: str
    marker: str
    marker_size: float
    dashes: str
    width: float


TRAIN = Stroke(colour="#0072B2", marker="o", marker_size=6.5, dashes="--", width=1.6)
VALIDATION = Stroke(colour="#D55E00", marker="s", marker_size=4.5, dashes="-", width=2.2)

PRECISION = Stroke(colour="#0072B2", marker="o", marker_size=6.5, dashes="-", width=1.6)
RECALL = Stroke(colour="#D55E00", marker="s", marker_size=6.0, dashes="-", width=1.6)
F1 = Stroke(colour="#222222", marker="D", marker_size=5.5, dashes="-", width=1.6)


@dataclass(frozen=True)
class Caption:
    """The origin of a plot, so that it can be read alone; `classes` in their order."""

    run: str
    dataset: str
    images: str = ""
    exported_epoch: int | None = None
    classes: Sequence[str] = ()

    @property
    def lines(self) -> list[str]:
        """The origin in one or two lines, and one more if classes are numbered, not named."""
        lines = [f"run {self.run} · dataset {self.dataset[:8]}"]
        if self.images:
            lines.append(self.images)
        if not all(map(is_drawable, self.classes)):
            lines.append("class n: the n-th class in config.json; no font here can draw its name")
        return lines

    def name(self, name: str, most: int = MAXIMUM_COLUMNS) -> str:
        """Write the name of a class; its number where its letters can't be drawn."""
        if name in self.classes and not is_drawable(name):
            return f"class {self.classes.index(name) + 1}"
        return legible(name, most)


def head_inches(lines: int) -> float:
    """Return the height of a title and the given number of lines below it."""
    points = LINE * (TITLE_POINTS + lines * SUBTITLE_POINTS)
    return points / POINTS_PER_INCH + 2 * MARGIN_INCHES


def new_figure(
    title: str,
    lines: Sequence[str],
    width: float = WIDTH_INCHES,
    height: float = HEIGHT_INCHES,
) -> Figure:
    """Return a sheet with its head and room for a drawing below it. Sizes in inches."""
    head = head_inches(len(lines)) / height
    figure = Figure(
        figsize=(width, height),
        dpi=DOTS_PER_INCH,
        facecolor=PAPER,
        layout=ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - head)),
    )
    left, top = MARGIN_INCHES / width, 1 - MARGIN_INCHES / height
    figure.text(
        left,
        top,
        title,
        va="top",
        fontsize=TITLE_POINTS,
        fontweight="bold",
        fontfamily=FAMILIES[0],  # the other has no bold letters
        color=INK,
    )
    figure.text(
        left,
        top - LINE * TITLE_POINTS / POINTS_PER_INCH / height,
        "\n".join(lines),
        va="top",
        fontsize=SUBTITLE_POINTS,
        linespacing=LINE,
        color=FAINT,
    )
    return figure


def new_class_rows(
    title: str,
    lines: Sequence[str],
    labels: Sequence[str],
    across: str,
    row_inches: tuple[float, float],
) -> tuple[Figure, Axes]:
    """Return a sheet with a row for each of up to `MAXIMUM_ROWS` classes, the first on top."""
    rows = len(labels)
    height = head_inches(len(lines)) + 0.8 + row_inches[rows > MANY_ROWS] * rows
    figure = new_figure(title, lines, height=max(HEIGHT_INCHES, height))
    axes = figure.subplots()
    dress(axes, across, "", grid="x")
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks(range(rows), labels=labels)
    axes.tick_params(axis="y", length=0, labelsize=8 if rows > MANY_ROWS else TICK_POINTS)
    return figure, axes


def dress(axes: Axes, across: str, up: str, grid: str = "y") -> None:
    """Name the axes and give them the common look; `grid` is x, y, both or none."""
    axes.set_xlabel(across, fontsize=LABEL_POINTS, color=INK)
    axes.set_ylabel(up, fontsize=LABEL_POINTS, color=INK)
    axes.tick_params(labelsize=TICK_POINTS, colors=INK)
    if grid == "none":
        axes.grid(visible=False)
    else:
        axes.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def in_percent(axis: Axis) -> None:
    """Label the ticks of an axis of shares with whole percentages: no steps of 2.5 points."""
    axis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=""))


def zero_to_one(axes: Axes) -> None:
    """Give both axes the whole range of a share, in percent."""
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.03)
    in_percent(axes.xaxis)
    in_percent(axes.yaxis)


def legend(figure: Figure, axes: Axes) -> None:
    """Add the legend, to the right of the title."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="upper right",
        ncols=len(labels),
        frameon=False,
        fontsize=LABEL_POINTS,
    )


def to_png(figure: Figure) -> bytes:
    """Return the sheet as PNG; the same drawing gives the same bytes."""
    output = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(output, format="png", metadata={"Software": "droptrain"})
    return output.getvalue()
