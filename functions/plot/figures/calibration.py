"""Draws the accuracy of the model by its confidence."""

from __future__ import annotations

from matplotlib.axes import Axes

from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.statistics.calibration import Calibration


def draw_calibration(calibration: Calibration, caption: Caption) -> bytes:
    """Draw a point per bin with its interval, and below how many images are in it."""
    error = f"expected calibration error {100 * calibration.error:.1f} percentage points"
    figure = canvas.new_figure("Calibration", [*caption.lines, error])
    accuracy, images = figure.subplots(
        2, sharex=True, gridspec_kw={"height_ratios": (4, 1), "hspace": 0.03}
    )
    _draw_accuracy(accuracy, calibration)
    canvas.dress(images, "Confidence: probability of the predicted class (%)", "Images")
    images.bar(
        [(group.low + group.high) / 2 for group in calibration.bins],
        [group.right.of for group in calibration.bins],
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
        label="perfect calibration",
    )
    confidences = [group.confidence for group in calibration.bins]
    axes.vlines(
        confidences,
        [group.right.low for group in calibration.bins],
        [group.right.high for group in calibration.bins],
        color=canvas.RIGHT,
        linewidth=canvas.PRECISION.width,
    )
    axes.plot(
        confidences,
        [group.right.value for group in calibration.bins],
        color=canvas.RIGHT,
        marker="o",
        linewidth=1.2,
        label="accuracy with 95 % interval",
        clip_on=False,
    )
    canvas.zero_to_one(axes)
