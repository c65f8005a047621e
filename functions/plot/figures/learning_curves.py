"""Draws accuracy and loss per epoch: train, validation, the best epoch, and the learning rate."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from common.wording import count
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.inputs.history import History, Series
from plot.learning_curves import LearningCurve, ends_with_zero, epoch_ticks

EPOCHS = "Epoch (passes over the training images)"
EPOCH_TICKS = 12


def draw_learning_curve(history: History, curve: LearningCurve, caption: Caption) -> bytes:
    """Draw a metric per epoch, and the learning rate below it if it is known."""
    figure = canvas.new_figure(f"{curve.title} per epoch", _lines(curve, caption))
    if history.learning_rate:
        axes, strip = figure.subplots(
            2, sharex=True, gridspec_kw={"height_ratios": (5, 1), "hspace": 0.02}
        )
        _draw_rate(strip, history)
        canvas.dress(axes, "", curve.axis)
    else:
        axes = figure.subplots()
        canvas.dress(axes, EPOCHS, curve.axis)
    _draw_line(axes, curve.train, "training", canvas.TRAIN)
    _draw_line(axes, curve.validation, "validation", canvas.VALIDATION)
    _scale(axes, history, curve)
    _mark_best(axes, history, curve)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw_line(axes: Axes, series: Series, label: str, stroke: canvas.Stroke) -> None:
    epochs = range(1, len(series) + 1)
    # A number between two gaps has no line to either side: only its marker shows it.
    lonely = [
        index
        for index, value in enumerate(series)
        if not math.isnan(value) and _is_gap(series, index - 1) and _is_gap(series, index + 1)
    ]
    few = len(series) <= canvas.MAXIMUM_MARKED_EPOCHS
    axes.plot(
        epochs,
        series,
        label=label,
        color=stroke.colour,
        linestyle=stroke.dashes,
        linewidth=stroke.width,
        marker=stroke.marker,
        markersize=stroke.marker_size,
        markevery=None if few else lonely,
    )


def _is_gap(series: Series, index: int) -> bool:
    return not 0 <= index < len(series) or math.isnan(series[index])


def _draw_rate(axes: Axes, history: History) -> None:
    """Draw the learning rate as steps, since it holds for whole epochs, in a strip of its own."""
    epochs = range(1, history.epochs + 1)
    axes.step(epochs, history.learning_rate, where="mid", color=canvas.INK, linewidth=1.4)
    low, high = ends_with_zero(history.learning_rate)
    axes.set_ylim(1.15 * low, 1.15 * high)
    axes.set_yticks([low, high], labels=[f"{low:.2g}", f"{high:.2g}"])
    canvas.dress(axes, EPOCHS, "Learning\nrate")
    axes.yaxis.label.set_fontsize(canvas.TICK_POINTS)


def _scale(axes: Axes, history: History, curve: LearningCurve) -> None:
    margin = max(0.5, history.epochs * 0.02)
    axes.set_xlim(1 - margin, history.epochs + margin)
    axes.set_xticks(epoch_ticks(history.epochs, EPOCH_TICKS))
    low, high = curve.ends
    if curve.is_share:
        axes.set_ylim(low, high + (high - low) * 0.03)
        canvas.in_percent(axes.yaxis)
    else:
        axes.set_ylim(low * 1.08, high * 1.08)


def _mark_best(axes: Axes, history: History, curve: LearningCurve) -> None:
    best = history.best_epoch
    if best is None:
        text = "no best epoch: the validation loss was never finite"
        look = {"ha": "center", "color": canvas.INK, "fontsize": canvas.LABEL_POINTS}
        axes.text(0.5, 0.5, text, look, transform=axes.transAxes)
        return
    value = curve.validation[best - 1]
    axes.axvline(best, color=canvas.BEST, linewidth=1.2, linestyle=":", zorder=1)
    lines = [f"best epoch: {best}", "(lowest validation loss)"]
    is_low = True
    if not math.isnan(value):
        axes.plot([best], [value], "D", mfc="none", mec=canvas.BEST, mew=2.2, ms=12, zorder=5)
        lines.insert(1, f"validation {curve.text(value)}")
        is_low = value < sum(axes.get_ylim()) / 2
    # The label stands where the lines are not: in the other half, and towards the middle.
    is_right = best > (history.epochs + 1) / 2
    axes.annotate(
        "\n".join(lines),
        xy=(best, 0.96 if is_low else 0.04),
        xycoords=("data", "axes fraction"),
        xytext=(-8 if is_right else 8, 0),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="top" if is_low else "bottom",
        color=canvas.BEST,
        fontsize=canvas.LABEL_POINTS,
        bbox={"facecolor": canvas.PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 2},
        zorder=6,
    )


def _lines(curve: LearningCurve, caption: Caption) -> list[str]:
    lines = caption.lines
    if caption.exported_epoch is not None:
        value = curve.validation[caption.exported_epoch - 1]
        reached = "" if math.isnan(value) else f", validation {curve.text(value)}"
        lines.append(f"exported model: epoch {caption.exported_epoch}{reached}")
    gaps = sum(math.isnan(value) for value in curve.train + curve.validation)
    if gaps:
        verb = "is" if gaps == 1 else "are"
        lines.append(
            f"{count(gaps, 'number')} {verb} missing or not finite (NaN); the lines have gaps there"
        )
    return lines
