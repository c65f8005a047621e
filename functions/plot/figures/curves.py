"""Draws accuracy and loss per epoch: train, validation, the best epoch, and the learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.inputs.history import History, Series, span

EPOCHS = "Epoch (passes over the training images)"


@dataclass(frozen=True)
class Panel:
    """What one plot shows of a history."""

    title: str
    axis: str
    train: Series
    validation: Series
    is_share: bool

    def text(self, value: float) -> str:
        """Write a value as the axis shows it."""
        return f"{100 * value:.1f} %" if self.is_share else f"{value:.3g}"


def draw_accuracy(history: History, caption: Caption) -> bytes:
    """Draw the share of images classified correctly, per epoch."""
    panel = Panel(
        title="Accuracy per epoch",
        axis="Accuracy (% of images right)",
        train=history.accuracy,
        validation=history.val_accuracy,
        is_share=True,
    )
    return _draw(history, panel, caption)


def draw_loss(history: History, caption: Caption) -> bytes:
    """Draw the cross-entropy, per epoch."""
    panel = Panel(
        title="Loss per epoch",
        axis="Loss (nats; lower is better)",
        train=history.loss,
        validation=history.val_loss,
        is_share=False,
    )
    return _draw(history, panel, caption)


def _draw(history: History, panel: Panel, caption: Caption) -> bytes:
    figure = canvas.new_figure(panel.title, _lines(panel, caption))
    if history.learning_rate:
        axes, strip = figure.subplots(
            2, sharex=True, gridspec_kw={"height_ratios": (5, 1), "hspace": 0.02}
        )
        _draw_rate(strip, history)
        canvas.dress(axes, "", panel.axis)
    else:
        axes = figure.subplots()
        canvas.dress(axes, EPOCHS, panel.axis)
    _draw_line(axes, panel.train, "train", style.TRAIN)
    _draw_line(axes, panel.validation, "validation", style.VALIDATION)
    _scale(axes, history, panel)
    _mark_best(axes, history, panel)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)


def _draw_line(axes: Axes, series: Series, label: str, stroke: style.Stroke) -> None:
    epochs = range(1, len(series) + 1)
    # A number between two gaps has no line to either side: only its marker shows it.
    lonely = [
        index
        for index, value in enumerate(series)
        if not math.isnan(value) and _is_gap(series, index - 1) and _is_gap(series, index + 1)
    ]
    few = len(series) <= style.MAXIMUM_MARKED_EPOCHS
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
    axes.step(epochs, history.learning_rate, where="mid", color=style.INK, linewidth=1.4)
    low, top = span(history.learning_rate)
    axes.set_ylim(1.15 * low, 1.15 * top)
    axes.set_yticks([low, top], labels=[f"{low:.2g}", f"{top:.2g}"])
    canvas.dress(axes, EPOCHS, "Learning\nrate")
    axes.yaxis.label.set_fontsize(style.TICK_POINTS)


def _scale(axes: Axes, history: History, panel: Panel) -> None:
    margin = max(0.5, history.epochs * 0.02)
    axes.set_xlim(1 - margin, history.epochs + margin)
    axes.set_xticks(epoch_ticks(history.epochs))
    finite = [value for value in panel.train + panel.validation if not math.isnan(value)]
    if panel.is_share:
        # Down to the next tenth below the lowest value, always up to 100 %.
        lowest = max(0.0, math.floor(min(finite, default=0.0) * 10 - 0.5) / 10)
        axes.set_ylim(lowest, 1 + (1 - lowest) * 0.03)
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
    else:
        low, high = span(finite)
        axes.set_ylim(low * 1.08, high * 1.08)


def epoch_ticks(epochs: int) -> list[int]:
    """Whole epochs only, the first always among them."""
    ticks = MaxNLocator(nbins=12, integer=True, min_n_ticks=1).tick_values(1, epochs)
    return sorted({1} | {int(tick) for tick in ticks if 1 <= tick <= epochs})


def _mark_best(axes: Axes, history: History, panel: Panel) -> None:
    best = history.best_epoch
    if best is None:
        _note(axes, "no epoch had a finite validation loss: there is no best epoch")
        return
    value = panel.validation[best - 1]
    axes.axvline(best, color=style.BEST, linewidth=1.2, linestyle=":", zorder=1)
    lines = [f"best epoch: {best}", "(lowest validation loss)"]
    low = True
    if not math.isnan(value):
        axes.plot([best], [value], "D", mfc="none", mec=style.BEST, mew=2.2, ms=12, zorder=5)
        lines.insert(1, f"validation {panel.text(value)}")
        bottom, top = axes.get_ylim()
        low = value < (bottom + top) / 2
    # The label stands where the lines are not: in the other half, and towards the middle.
    right_half = best > (history.epochs + 1) / 2
    axes.annotate(
        "\n".join(lines),
        xy=(best, 0.96 if low else 0.04),
        xycoords=("data", "axes fraction"),
        xytext=(-8 if right_half else 8, 0),
        textcoords="offset points",
        ha="right" if right_half else "left",
        va="top" if low else "bottom",
        color=style.BEST,
        fontsize=style.LABEL_POINTS,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 2},
        zorder=6,
    )


def _note(axes: Axes, text: str) -> None:
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        ha="center",
        color=style.INK,
        fontsize=style.LABEL_POINTS,
    )


def _lines(panel: Panel, caption: Caption) -> list[str]:
    lines = caption.lines
    if caption.exported_epoch is not None:
        value = panel.validation[caption.exported_epoch - 1]
        reached = "" if math.isnan(value) else f", validation {panel.text(value)}"
        lines.append(f"exported model: epoch {caption.exported_epoch}{reached}")
    gaps = sum(math.isnan(value) for value in panel.train + panel.validation)
    if gaps:
        noun = "number is" if gaps == 1 else "numbers are"
        lines.append(f"{gaps} {noun} missing or not finite (NaN): the lines have gaps there")
    return lines
