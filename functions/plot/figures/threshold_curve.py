"""Draws the precision-recall curve, and missed defects against false rejects by threshold."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.statistics.operating_points import ThresholdCurve


def draw_threshold_curve(curve: ThresholdCurve, caption: Caption) -> bytes:
    """Draw both panels side by side."""
    accepted = caption.name(curve.positive.accepted)
    rejected = caption.name(curve.positive.name)
    lines = [
        *caption.lines,
        f"accepted: {accepted} ({curve.good:,} images) · to be found: {rejected} "
        f"({curve.defects:,}) · average precision {curve.average_precision:.3f}",
    ]
    figure = canvas.new_figure("What a threshold trades", lines, width=9.6)
    left, right = figure.subplots(1, 2)
    _draw_precision_recall(left, curve)
    _draw_mistakes(right, curve)
    canvas.legend(figure, right)
    return canvas.to_png(figure)


def _draw_precision_recall(axes: Axes, curve: ThresholdCurve) -> None:
    canvas.dress(axes, "Recall: defects found (%)", "Precision: rejects that are (%)", grid="both")
    axes.plot(curve.recall, curve.precision, color=style.INK, linewidth=1.8, drawstyle="steps-pre")
    _percent(axes)


def _draw_mistakes(axes: Axes, curve: ThresholdCurve) -> None:
    canvas.dress(axes, "Threshold: rejected from this probability on (%)", "Images (%)", "both")
    values = [row.threshold for row in curve.points]
    for label, stroke, estimates in (
        ("missed defects", style.VALIDATION, [row.missed for row in curve.points]),
        ("false rejects", style.TRAIN, [row.false_rejects for row in curve.points]),
    ):
        axes.fill_between(
            values,
            [one.low for one in estimates],
            [one.high for one in estimates],
            color=stroke.colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(
            values,
            [one.value for one in estimates],
            label=label,
            color=stroke.colour,
            linestyle=stroke.dashes,
            marker=stroke.marker,
            markersize=stroke.marker_size,
            clip_on=False,
        )
    _percent(axes)


def _percent(axes: Axes) -> None:
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.03)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=""))
