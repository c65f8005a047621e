"""Which plots a run's results allow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from plot.analysis import Analysis
from plot.figures.calibration import draw_calibration
from plot.figures.canvas import Caption
from plot.figures.classes import draw_class_scores, draw_class_sizes
from plot.figures.confusion_matrix import draw_confusion_matrix
from plot.figures.learning_curves import draw_learning_curve
from plot.figures.mistakes import draw_mistakes
from plot.figures.threshold_curve import draw_threshold_curve
from plot.learning_curves import learning_curves

Drawing = Callable[[Caption], bytes]


def plots_of(analysis: Analysis) -> dict[str, Drawing]:
    """Return what draws each plot, by the plot's name in `runs/<run>/plots/`."""
    results, history = analysis.results, analysis.results.history
    drawings: dict[str, Drawing] = {}
    if history.epochs:
        accuracy, loss, *_ = learning_curves(history)
        drawings["accuracy"] = partial(draw_learning_curve, history, accuracy)
        drawings["loss"] = partial(draw_learning_curve, history, loss)
    if analysis.matrix and analysis.scores:
        drawings["confusion-matrix"] = partial(draw_confusion_matrix, analysis.matrix)
        drawings["classes"] = partial(draw_class_scores, analysis.scores)
    if any(mistake.image for mistake in results.mistakes):
        total = analysis.scores.mistakes if analysis.scores else None
        drawings["mistakes"] = partial(draw_mistakes, results.mistakes, total)
    if analysis.calibration:
        drawings["calibration"] = partial(
            draw_calibration, analysis.calibration, analysis.measured_on
        )
    if analysis.threshold_curve:
        drawings["thresholds"] = partial(
            draw_threshold_curve, analysis.threshold_curve, analysis.measured_on
        )
    if analysis.class_sizes:
        drawings["dataset"] = partial(draw_class_sizes, analysis.class_sizes)
    return drawings
