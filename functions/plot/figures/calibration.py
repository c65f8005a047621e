"""Draws how sure the model was against how often it was right."""

from __future__ import annotations

from matplotlib.ticker import PercentFormatter

from plot.figures import canvas, style
from plot.figures.canvas import Caption
from plot.statistics.calibration import Calibration


def draw_calibration(calibration: Calibration, caption: Caption) -> bytes:
    """Draw a point per bin with its interval, and below how many images are in it."""
    lines = [
        *caption.lines,
        "how sure the model was, and how often it was right; expected calibration error "
        f"{100 * calibration.error:.1f} points",
    ]
    figure = canvas.new_figure("Calibration", lines)
    axes, counts = figure.subplots(
        2, sharex=True, gridspec_kw={"height_ratios": (4, 1), "hspace": 0.03}
    )
    canvas.dress(axes, "", "Right (% of images)", grid="both")
    canvas.dress(counts, "Sure (probability of the predicted class, %)", "Images")
    axes.plot(
        [0, 1], [0, 1], color=style.FAINT, linestyle=":", linewidth=1.4, label="as sure as right"
    )
    confidences = [one.confidence for one in calibration.bins]
    axes.vlines(
        confidences,
        [one.right.low for one in calibration.bins],
        [one.right.high for one in calibration.bins],
        color=style.RIGHT,
        linewidth=style.PRECISION.width,
    )
    axes.plot(
        confidences,
        [one.right.value for one in calibration.bins],
        color=style.RIGHT,
        marker="o",
        linewidth=1.2,
        label="right, with 95 % interval",
        clip_on=False,
    )
    counts.bar(
        [(one.low + one.high) / 2 for one in calibration.bins],
        [one.right.of for one in calibration.bins],
        width=0.094,
        color=style.RIGHT,
    )
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.03)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=""))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
    canvas.legend(figure, axes)
    return canvas.to_png(figure)
