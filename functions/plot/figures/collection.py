"""Which plots a run's results allow, and all of them drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from plot.analysis import Analysis
from plot.figures.calibration import draw_calibration
from plot.figures.canvas import Caption
from plot.figures.confusion import draw_confusion
from plot.figures.curves import draw_accuracy, draw_loss
from plot.figures.gallery import draw_gallery
from plot.figures.scores import draw_scores
from plot.figures.sides import draw_sides
from plot.figures.threshold_curve import draw_threshold_curve

Drawing = Callable[[Caption], bytes]


def plots_of(analysis: Analysis) -> dict[str, Drawing]:
    """Return a drawing for each plot there can be, by its name in `runs/<run>/plots/`."""
    results = analysis.results
    drawings: dict[str, Drawing] = {}
    if results.history.epochs:
        drawings["accuracy"] = partial(draw_accuracy, results.history)
        drawings["loss"] = partial(draw_loss, results.history)
    if analysis.matrix and results.scores:
        drawings["confusion-matrix"] = partial(draw_confusion, analysis.matrix)
        drawings["classes"] = partial(draw_scores, results.scores)
    if any(mistake.image for mistake in results.mistakes):
        total = results.scores.mistakes if results.scores else None
        drawings["mistakes"] = partial(draw_gallery, results.mistakes, total)
    if analysis.calibration:
        drawings["calibration"] = partial(draw_calibration, analysis.calibration)
    if analysis.threshold_curve:
        drawings["thresholds"] = partial(draw_threshold_curve, analysis.threshold_curve)
    if analysis.train_counts or analysis.validation_counts:
        drawings["dataset"] = partial(draw_sides, analysis.train_counts, analysis.validation_counts)
    return drawings


def draw(
    drawings: dict[str, Drawing], names: Collection[str], caption: Caption
) -> dict[str, bytes]:
    """Draw the plots of these names, as PNG."""
    return {name: drawings[name](caption) for name in drawings if name in names}
