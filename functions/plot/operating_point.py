"""Chooses the threshold for a wanted miss rate, with a bound that holds on new images. Pure.

The threshold is an order statistic of the defects' probabilities: of n, the (k + 1)-th lowest, with
the largest k for which k misses among n prove the wanted rate. Since k depends on n alone, the
exact bound of Clopper and Pearson, 1934, https://doi.org/10.1093/biomet/26.4.404, holds although
the threshold is chosen on these very images: it is Wilks' tolerance limit, 1941,
https://doi.org/10.1214/aoms/1177731788. Of a cluster of near copies the lowest probability counts.
Where a lower threshold rejects no more of the good images, it is taken: it misses fewer defects, so
the bound holds all the more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from common.defect_decision import DefectDecision, FalseRejects
from plot.analysis import Analysis
from plot.inputs.predictions import Booleans, Floats, Predictions
from plot.statistics.clusters import share_of_images
from plot.statistics.intervals import RISK, at_most, images_to_prove_below, proven_below
from plot.statistics.operating_points import PositiveClass, defects_of


def decide(analysis: Analysis, run: str, wanted_miss_rate: float) -> Analysis:
    """Add the decision for a wanted miss rate, a number from 0 to 1; 0 wants no decision.

    There is none either without probabilities, or without defects or good images.
    """
    decision = None
    if wanted_miss_rate and analysis.judged and analysis.positive:
        decision = _decision(analysis, analysis.judged, analysis.positive, wanted_miss_rate, run)
    return replace(analysis, wanted_miss_rate=wanted_miss_rate, decision=decision)


def _decision(
    analysis: Analysis,
    predictions: Predictions,
    positive: PositiveClass,
    wanted_miss_rate: float,
    run: str,
) -> DefectDecision | None:
    judged = defects_of(predictions, positive)
    if judged is None:
        return None
    defect, probability = judged
    lowest = _lowest_by_part(predictions, defect, probability)
    misses = _most_misses(len(lowest), wanted_miss_rate)
    threshold = _lowered(float(lowest[max(misses, 0)]), defect, probability)
    rejects = share_of_images(
        probability[~defect] >= threshold,
        None if predictions.clusters is None else predictions.clusters[~defect],
    )
    return DefectDecision.model_validate(
        {
            "run": run,
            "class": positive.name,
            "accepted_class": positive.accepted,
            "threshold": threshold,
            "wanted_miss_rate": wanted_miss_rate,
            "proven": misses >= 0,
            "proven_miss_rate": proven_below(max(misses, 0), len(lowest)),
            "missed": int((probability[defect] < threshold).sum()),
            "defects": int(defect.sum()),
            "defect_parts": len(lowest),
            "parts_needed": None if misses >= 0 else images_to_prove_below(wanted_miss_rate),
            "false_rejects": FalseRejects.model_validate(rejects, from_attributes=True),
            "measured_on": "out of sample" if analysis.judged_out_of_sample else "validation",
            "temperature": analysis.results.scaling and analysis.results.scaling.temperature,
        }
    )


def _lowest_by_part(predictions: Predictions, defect: Booleans, probability: Floats) -> Floats:
    """Return the lowest probability of each part's defect images, in ascending order."""
    of_defects = probability[defect]
    if predictions.clusters is None:
        return np.sort(of_defects)
    _, parts = np.unique(predictions.clusters[defect], return_inverse=True)
    lowest = np.ones(int(parts.max()) + 1)
    np.minimum.at(lowest, parts, of_defects)
    return np.sort(lowest)


def _lowered(threshold: float, defect: Booleans, probability: Floats) -> float:
    """Return the middle of the gap above the good images that lie below the threshold."""
    accepted = probability[~defect & (probability < threshold)]
    highest = float(accepted.max(initial=0.0))
    next_above = float(probability[probability > highest].min(initial=threshold))
    return max(round((highest + next_above) / 2, 6), min(next_above, highest + 1e-6))


def _most_misses(parts: int, rate: float) -> int:
    """Return the largest number of misses among `parts` that proves `rate`; -1 when none does."""
    low, high = -1, parts
    while high - low > 1:
        middle = (low + high) // 2
        if at_most(middle, parts, rate) <= RISK:
            low = middle
        else:
            high = middle
    return low
