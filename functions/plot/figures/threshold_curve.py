"""Draws the precision-recall curve, and missed defects and false rejects by threshold."""

from __future__ import annotations

from matplotlib.axes import Axes

from common.wording import count, percent
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.statistics.operating_points import ThresholdCurve


def draw_threshold_curve(curve: ThresholdCurve, measured_on: str, caption: Caption) -> bytes:
    """Draw both panels side by side."""
    accepted, rejected = caption.name(curve.positive.accepted), caption.name(curve.positive.name)
    lines = [
        *caption.lines,
        f"measured on {measured_on} · average precision {percent(curve.average_precision)}",
        f"accepted: {accepted} ({count(curve.good, 'image')}) · defects: {rejected} "
        f"({count(curve.defects, 'image')})",
    ]
    figure = canvas.new_figure("Threshold", lines, width=9.6)
    left, right = figure.subplots(1, 2)
    _draw_precision_recall(left, curve)
    _draw_mistakes(right, curve)
    canvas.legend(figure, right)
    return canvas.to_png(figure)


def _draw_precision_recall(axes: Axes, curve: ThresholdCurve) -> None:
    canvas.dress(
        axes,
        "Recall: defects that are rejected (%)",
        "Precision: rejects that are defects (%)",
        grid="both",
    )
    axes.plot(curve.recall, curve.precision, color=canvas.INK, linewidth=1.8, drawstyle="steps-pre")
    canvas.zero_to_one(axes)


def _draw_mistakes(axes: Axes, curve: ThresholdCurve) -> None:
    canvas.dress(axes, "Threshold: probability of a defect", "Images (%)", grid="both")
    thresholds = [point.threshold for point in curve.points]
    for label, stroke, estimates in (
        ("missed defects", canvas.VALIDATION, [point.missed for point in curve.points]),
        ("false rejects", canvas.TRAIN, [point.false_rejects for point in curve.points]),
    ):
        axes.fill_between(
            thresholds,
            [estimate.low for estimate in estimates],
            [estimate.high for estimate in estimates],
            color=stroke.colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(
            thresholds,
            [estimate.value for estimate in estimates],
            label=label,
            color=stroke.colour,
            linestyle=stroke.dashes,
            marker=stroke.marker,
            markersize=stroke.marker_size,
            clip_on=False,
        )
    canvas.zero_to_one(axes)
    axes.xaxis.set_major_formatter("{x:g}")  # as in the table of the report
