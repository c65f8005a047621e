"""Draws the precision-recall curve, and missed defects against false rejects by threshold."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.statistics.operating_points import Trade


def draw_trade(trade: Trade, caption: Caption) -> bytes:
    """Draw both panels side by side."""
    accepted = caption.name(trade.question.accepted)
    rejected = caption.name(trade.question.rejected)
    lines = [
        *caption.lines,
        f"accepted: {accepted} ({trade.good:,} images) · to be found: {rejected} "
        f"({trade.defects:,}) · average precision {trade.average_precision:.3f}",
    ]
    figure = canvas.new_figure("What a threshold trades", lines, width=9.6)
    left, right = figure.subplots(1, 2)
    _draw_curve(left, trade)
    _draw_mistakes(right, trade)
    canvas.legend(figure, right)
    return canvas.to_png(figure)


def _draw_curve(axes: Axes, trade: Trade) -> None:
    canvas.dress(axes, "Recall: defects found (%)", "Precision: rejects that are (%)", grid="both")
    axes.plot(trade.recall, trade.precision, color=style.INK, linewidth=1.8, drawstyle="steps-pre")
    _percent(axes)


def _draw_mistakes(axes: Axes, trade: Trade) -> None:
    canvas.dress(axes, "Threshold: rejected from this probability on (%)", "Images (%)", "both")
    values = [row.value for row in trade.rows]
    for label, stroke, estimates in (
        ("missed defects", style.VALIDATION, [row.missed for row in trade.rows]),
        ("false rejects", style.TRAIN, [row.false_rejects for row in trade.rows]),
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
