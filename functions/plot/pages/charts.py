"""Where the lines, dots and ticks of a chart lie; the templates draw them as SVG. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plot.inputs.history import History, Series, span
from plot.statistics.calibration import Calibration
from plot.statistics.operating_points import ThresholdCurve

# In units of the drawing, which scales with the page.
WIDTH, HEIGHT = 440, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
# More points than the drawing is wide show nothing.
MAXIMUM_POINTS = 500


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what stands there."""

    place: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line in pieces, interrupted where a number is missing; lonely points are dots."""

    label: str
    kind: str
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Whisker:
    """An upright line with a dot."""

    x: float
    low: float
    high: float
    dot: float


@dataclass(frozen=True)
class Chart:
    """A drawing. `summary` says in words what it shows, for those who do not see it."""

    title: str
    across: str
    summary: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    whiskers: tuple[Whisker, ...] = ()
    mark: tuple[float, str] | None = None


@dataclass(frozen=True)
class Axis:
    """Turns a number into a place between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return where a value lies, to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def curves(history: History) -> list[Chart]:
    """Return the charts of a history: accuracy, loss, and the learning rate if it changes."""
    if not history.epochs:
        return []
    charts = [
        _curve("Accuracy", history, history.accuracy, history.val_accuracy, is_share=True),
        _curve("Loss (nats)", history, history.loss, history.val_loss, is_share=False),
    ]
    if history.learning_rate:
        charts.append(_rate(history))
    return charts


def _across(history: History) -> Axis:
    high = max(history.epochs, 2)
    return Axis(1, high, LEFT + 6, WIDTH - RIGHT - 6)


def _curve(
    title: str, history: History, train: Series, validation: Series, *, is_share: bool
) -> Chart:
    across = _across(history)
    finite = [value for value in train + validation if not math.isnan(value)]
    if is_share:
        low = max(0.0, math.floor(min(finite, default=0.0) * 10 - 0.5) / 10)
        up = Axis(low, 1.0, HEIGHT - BOTTOM, TOP)
    else:
        up = _from_zero(finite)
    best = history.best_epoch
    last = [value for value in validation if not math.isnan(value)][-1:]
    ends = f"; validation ends at {_number(last[0], is_share)}" if last else ""
    return Chart(
        title=title,
        across="Epoch",
        summary=f"{title} over {history.epochs} epochs, train and validation{ends}",
        lines=(
            _line("train", "train", train, across, up),
            _line("validation", "validation", validation, across, up),
        ),
        x_ticks=_epoch_ticks(history.epochs, across),
        y_ticks=tuple(Tick(up.place(v), _number(v, is_share)) for v in _round_steps(up)),
        mark=(across.place(best), f"best epoch {best}") if best else None,
    )


def _rate(history: History) -> Chart:
    across = _across(history)
    finite = [value for value in history.learning_rate if not math.isnan(value)]
    up = _from_zero(finite)
    return Chart(
        title="Learning rate",
        across="Epoch",
        summary=f"Learning rate over {history.epochs} epochs, at most {max(finite, default=0):.3g}",
        lines=(_line("learning rate", "plain", history.learning_rate, across, up),),
        x_ticks=_epoch_ticks(history.epochs, across),
        y_ticks=tuple(Tick(up.place(v), f"{v:.3g}") for v in _round_steps(up)),
    )


def _from_zero(finite: Sequence[float]) -> Axis:
    low, high = span(finite)
    return Axis(low * 1.05, high * 1.05, HEIGHT - BOTTOM, TOP)


def calibration_chart(calibration: Calibration) -> Chart:
    """Return the reliability diagram."""
    across, up = _unit_axes()
    return Chart(
        title="How sure, and how often right",
        across="Sure (probability of the predicted class, %)",
        summary=calibration.sentence,
        lines=(
            Line(
                "as sure as right",
                "ideal",
                (f"{across.place(0)},{up.place(0)} {across.place(1)},{up.place(1)}",),
            ),
        ),
        x_ticks=_percent_ticks(across),
        y_ticks=_percent_ticks(up),
        whiskers=tuple(
            Whisker(
                across.place(one.confidence),
                up.place(one.right.low),
                up.place(one.right.high),
                up.place(one.right.value),
            )
            for one in calibration.bins
        ),
    )


def precision_recall_chart(curve: ThresholdCurve) -> Chart:
    """Return the precision-recall curve."""
    across, up = _unit_axes()
    return Chart(
        title="Precision and recall of the rejects (%)",
        across="Recall: defects found (%)",
        summary=f"Precision-recall curve, average precision {curve.average_precision:.3f}",
        lines=(
            Line(
                "precision",
                "plain",
                (_points(list(curve.recall), list(curve.precision), across, up),),
            ),
        ),
        x_ticks=_percent_ticks(across),
        y_ticks=_percent_ticks(up),
    )


def _unit_axes() -> tuple[Axis, Axis]:
    return Axis(0, 1, LEFT, WIDTH - RIGHT), Axis(0, 1, HEIGHT - BOTTOM, TOP)


def _percent_ticks(axis: Axis) -> tuple[Tick, ...]:
    return tuple(Tick(axis.place(n / 5), f"{20 * n}") for n in range(6))


def _line(label: str, kind: str, series: Series, across: Axis, up: Axis) -> Line:
    """Cut a series where a number is missing."""
    stride = -(-len(series) // MAXIMUM_POINTS)
    chosen = [(n + 1, series[n]) for n in range(0, len(series), stride)]
    if (len(series) - 1) % stride:
        chosen.append((len(series), series[-1]))
    pieces: list[str] = []
    dots: list[tuple[float, float]] = []
    piece: list[tuple[float, float]] = []
    for epoch, value in [*chosen, (0, math.nan)]:
        if not math.isnan(value):
            piece.append((across.place(epoch), up.place(value)))
        elif len(piece) == 1:
            dots += piece
            piece = []
        elif piece:
            pieces.append(" ".join(f"{x},{y}" for x, y in piece))
            piece = []
    return Line(label, kind, tuple(pieces), tuple(dots))


def _points(xs: Sequence[float], ys: Sequence[float], across: Axis, up: Axis) -> str:
    return " ".join(f"{across.place(x)},{up.place(y)}" for x, y in zip(xs, ys, strict=True))


def _epoch_ticks(epochs: int, across: Axis) -> tuple[Tick, ...]:
    step = _round_step(max(epochs - 1, 1) / 6)
    whole = max(1, round(step))
    places = sorted({1, *range(whole, epochs + 1, whole)})
    if len(places) > 1 and places[1] - places[0] < whole / 2:
        places.pop(1)
    return tuple(Tick(across.place(epoch), str(epoch)) for epoch in places)


def _round_steps(axis: Axis) -> list[float]:
    step = _round_step((axis.high - axis.low) / 5)
    first = math.ceil(axis.low / step - 1e-9)
    last = math.floor(axis.high / step + 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def _round_step(wanted: float) -> float:
    """Return the next of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * 0.999)


def _number(value: float, is_share: bool) -> str:
    return f"{100 * value:.0f} %" if is_share else f"{value:.3g}"
