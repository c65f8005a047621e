"""Where the lines, dots and ticks of a chart lie; the templates draw them as SVG. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from common.wording import count, percent
from plot.inputs.history import History, Series
from plot.learning_curves import LearningCurve, epoch_ticks, learning_curves, value_ticks
from plot.statistics.calibration import Calibration
from plot.statistics.operating_points import ThresholdCurve

# More points than the drawing is wide show nothing.
MAXIMUM_POINTS = 500
EPOCH_TICKS = 6

Point = tuple[float, float]


@dataclass(frozen=True)
class ChartTick:
    """A place on an axis and its label."""

    place: float
    text: str


@dataclass(frozen=True)
class ChartLine:
    """A line in pieces, interrupted where a number is missing; lonely points are dots."""

    label: str
    kind: str
    pieces: tuple[str, ...]
    dots: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Whisker:
    """An upright line with a dot."""

    x: float
    low: float
    high: float
    dot: float


@dataclass(frozen=True)
class Chart:
    """A drawing, in units that scale with the page. `summary` is its text for screen readers."""

    WIDTH: ClassVar[int] = 440
    HEIGHT: ClassVar[int] = 250
    LEFT: ClassVar[int] = 52
    RIGHT: ClassVar[int] = 428
    TOP: ClassVar[int] = 12
    BOTTOM: ClassVar[int] = 210

    title: str
    across: str
    summary: str
    lines: tuple[ChartLine, ...]
    x_ticks: tuple[ChartTick, ...]
    y_ticks: tuple[ChartTick, ...]
    whiskers: tuple[Whisker, ...] = ()
    whiskers_label: str = ""
    mark: tuple[float, str] | None = None


@dataclass(frozen=True)
class ChartAxis:
    """Turns a number between `low` and `high` into a place between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return where a value lies, to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


# The axes of shares from 0 to 1, across and upwards.
SHARES = (
    ChartAxis(0, 1, Chart.LEFT, Chart.RIGHT),
    ChartAxis(0, 1, Chart.BOTTOM, Chart.TOP),
)


def learning_charts(history: History) -> list[Chart]:
    """Return the charts of a history: accuracy, loss, and the learning rate if it is known."""
    if not history.epochs:
        return []
    return [_learning_chart(history, curve) for curve in learning_curves(history)]


def _learning_chart(history: History, curve: LearningCurve) -> Chart:
    across = ChartAxis(1, max(history.epochs, 2), Chart.LEFT + 6, Chart.RIGHT - 6)
    low, high = curve.ends
    room = 1.0 if curve.is_share else 1.05
    up = ChartAxis(room * low, room * high, Chart.BOTTOM, Chart.TOP)
    best = history.best_epoch
    last = [value for value in curve.validation if not math.isnan(value)][-1:]
    end = f"; validation ends at {curve.text(last[0])}" if last else ""
    lines = [_line("training", "train" if curve.validation else "plain", curve.train, across, up)]
    if curve.validation:
        lines.append(_line("validation", "validation", curve.validation, across, up))
    return Chart(
        title=curve.axis,
        across="Epoch",
        summary=f"{curve.title} over {count(history.epochs, 'epoch')}{end}",
        lines=tuple(lines),
        x_ticks=tuple(
            ChartTick(across.place(epoch), str(epoch))
            for epoch in epoch_ticks(history.epochs, EPOCH_TICKS)
        ),
        y_ticks=tuple(
            ChartTick(up.place(value), f"{100 * value:.0f}" if curve.is_share else f"{value:.3g}")
            for value in value_ticks(up.low, up.high)
        ),
        mark=(across.place(best), f"best epoch: {best}") if best and curve.validation else None,
    )


def calibration_chart(calibration: Calibration) -> Chart:
    """Return the reliability diagram, with a line for the bins before temperature scaling."""
    lines = [ChartLine("perfect calibration", "ideal", (_path([(0, 0), (1, 1)], *SHARES),))]
    if calibration.before:
        bins = [(group.confidence, group.right.value) for group in calibration.before.bins]
        dots = tuple((SHARES[0].place(x), SHARES[1].place(y)) for x, y in bins)
        before = (_path(bins, *SHARES),) if len(bins) > 1 else ()
        lines.append(ChartLine("before temperature scaling", "validation", before, dots))
    return Chart(
        title="Accuracy by confidence (%)",
        across="Confidence: probability of the predicted class (%)",
        summary=calibration.sentence,
        lines=tuple(lines),
        x_ticks=_percent_ticks(SHARES[0]),
        y_ticks=_percent_ticks(SHARES[1]),
        whiskers_label="after" if calibration.before else "",
        whiskers=tuple(
            Whisker(
                SHARES[0].place(group.confidence),
                *map(SHARES[1].place, (group.right.low, group.right.high, group.right.value)),
            )
            for group in calibration.after.bins
        ),
    )


def precision_recall_chart(curve: ThresholdCurve) -> Chart:
    """Return the precision-recall curve."""
    points = list(zip(curve.recall, curve.precision, strict=True))
    return Chart(
        title="Precision: rejects that are defects (%)",
        across="Recall: defects that are rejected (%)",
        summary=f"Precision-recall curve, average precision {percent(curve.average_precision)}",
        lines=(ChartLine("precision", "plain", (_path(points, *SHARES),)),),
        x_ticks=_percent_ticks(SHARES[0]),
        y_ticks=_percent_ticks(SHARES[1]),
    )


def _percent_ticks(axis: ChartAxis) -> tuple[ChartTick, ...]:
    return tuple(ChartTick(axis.place(n / 5), f"{20 * n}") for n in range(6))


def _line(label: str, kind: str, series: Series, across: ChartAxis, up: ChartAxis) -> ChartLine:
    """Cut a series where a number is missing."""
    stride = -(-len(series) // MAXIMUM_POINTS)
    epochs = sorted({*range(1, len(series) + 1, stride), len(series)})
    pieces: list[list[Point]] = [[]]
    for epoch in epochs:
        value = series[epoch - 1]
        if not math.isnan(value):
            pieces[-1].append((epoch, value))
        elif pieces[-1]:
            pieces.append([])
    return ChartLine(
        label,
        kind,
        tuple(_path(piece, across, up) for piece in pieces if len(piece) > 1),
        tuple(
            (across.place(x), up.place(y)) for piece in pieces if len(piece) == 1 for x, y in piece
        ),
    )


def _path(points: Sequence[Point], across: ChartAxis, up: ChartAxis) -> str:
    return " ".join(f"{across.place(x)},{up.place(y)}" for x, y in points)
