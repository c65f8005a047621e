"""Draws the accuracy of the model by its confidence."""

from __future__ import annotations

from matplotlib.axes import Axes

from common.wording import count
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.statistics.calibration import Calibration, Reliability, points


def draw_calibration(calibration: Calibration, measured_on: str, caption: Caption) -> bytes:
    """Draw a point per bin with its interval, and below how many images are in it.

    Where the model was scaled by a temperature, the bins from before are drawn as well.
    """
    error = f"expected calibration error {points(calibration.after.error)}"
    if calibration.before:
        error += f", before scaling {points(calibration.before.error)}"
    measured = f"measured on {measured_on} ({count(calibration.images, 'image')})"
    figure = canvas.new_figure("Calibration", [*caption.lines, measured, error])
    accuracy, images = figure.subplots(
        2, sharex=True, gridspec_kw={"height_ratios": (4, 1), "hspace": 0.03}
    )
    _draw_accuracy(accuracy, calibration)
    canvas.dress(images, "Confidence: probability of the predicted class (%)", "Images")
    images.bar(
        [(group.low + group.high) / 2 for group in calibration.after.bins],
        [group.right.of for group in calibration.after.bins],
        width=0.094,
        color=canvas.RIGHT,
    )
    canvas.legend(figure, accuracy)
    return canvas.to_png(figure)


def _draw_accuracy(axes: Axes, calibration: Calibration) -> None:
    canvas.dress(axes, "", "Accuracy (%)", grid="both")
    axes.plot(
        [0, 1],
        [0, 1],
        color=canvas.FAINT,
        linestyle=":",
        linewidth=1.4,
        label="perfect" if calibration.before else "perfect calibration",
    )
    if calibration.before:
        _draw_bins(axes, calibration.before, canvas.VALIDATION, "before scaling")
        _draw_bins(axes, calibration.after, canvas.PRECISION, "after, with 95 % interval")
    else:
        _draw_bins(axes, calibration.after, canvas.PRECISION, "accuracy with 95 % interval")
    canvas.zero_to_one(axes)


def _draw_bins(axes: Axes, reliability: Reliability, stroke: canvas.Stroke, label: str) -> None:
    confidences = [group.confidence for group in reliability.bins]
    if "interval" in label:
        axes.vlines(
            confidences,
            [group.right.low for group in reliability.bins],
            [group.right.high for group in reliability.bins],
            color=stroke.colour,
            linewidth=stroke.width,
        )
    axes.plot(
        confidences,
        [group.right.value for group in reliability.bins],
        color=stroke.colour,
        marker=stroke.marker,
        markersize=stroke.marker_size,
        linewidth=1.2,
        label=label,
        clip_on=False,
    )
