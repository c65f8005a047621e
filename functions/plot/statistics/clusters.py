"""Shares of images that resemble each other: near copies and groups form clusters. Pure.

Six photographs of one part prove less than photographs of six parts, so an interval is that of
fewer, independent images: of images / design effect, where the design effect is the variance of the
share between clusters over that between independent images. Rao and Scott, 1992,
https://doi.org/10.2307/2532311. Few clusters can't show their variance; then each counts as if its
images were one and the same, Kish's effective number (sum of sizes)^2 / (sum of squared sizes).
"""

from __future__ import annotations

import numpy as np

from plot.inputs.predictions import Booleans, Integers, Predictions
from plot.statistics.intervals import RISK, Estimate, share

FEW_CLUSTERS = 20
RESAMPLES = 1000
MAXIMUM_RESAMPLES = 20_000
# Of more images fewer samples are drawn: 20,000 images take a second.
MAXIMUM_DRAWN_IMAGES = 50_000_000


def share_of_images(hits: Booleans, clusters: Integers | None, risk: float = RISK) -> Estimate:
    """Return the share of images that are hits; without clusters each image is its own.

    Shapes: `hits` and `clusters` (n,).
    """
    images = len(hits)
    if clusters is None or images == 0:
        return share(int(hits.sum()), images, risk=risk)
    _, places = np.unique(clusters, return_inverse=True)
    sizes, of_cluster = np.bincount(places), np.bincount(places[hits], minlength=places.max() + 1)
    return share(int(hits.sum()), images, _effective_images(sizes, of_cluster), risk)


def _effective_images(sizes: Integers, hits: Integers) -> float:
    """Return how many independent images prove as much; shapes (clusters,)."""
    images, clusters = int(sizes.sum()), len(sizes)
    value = int(hits.sum()) / images
    if clusters < FEW_CLUSTERS or value in (0, 1):
        return images**2 / float(np.square(sizes, dtype=np.float64).sum())
    residuals = hits - value * sizes
    between = clusters / (clusters - 1) * float(np.square(residuals).sum()) / images**2
    design_effect = between / (value * (1 - value) / images)
    return images / max(1.0, design_effect)


def macro_f1_interval(predictions: Predictions, risk: float = RISK) -> tuple[float, float] | None:
    """Return the ends of macro F1's interval; None without a mistake, which has no spread.

    Percentiles of a bootstrap that draws whole clusters, the same in every call: Field and Welsh,
    2007, https://doi.org/10.1111/j.1467-9868.2007.00593.x.
    """
    images, classes = len(predictions), len(predictions.classes)
    if predictions.clusters is None or bool(predictions.right.all()):
        return None
    _, clusters = np.unique(predictions.clusters, return_inverse=True)
    count = int(clusters.max()) + 1
    random = np.random.default_rng(0)
    values = []
    wanted = min(round(RESAMPLES * RISK / risk), MAXIMUM_RESAMPLES)
    for _ in range(max(200, min(wanted, MAXIMUM_DRAWN_IMAGES // images))):
        drawn = np.bincount(random.integers(0, count, count), minlength=count)
        times = drawn[clusters].astype(np.float64)
        truth = np.bincount(predictions.truth, times, classes)
        predicted = np.bincount(predictions.predicted, times, classes)
        hits = np.bincount(predictions.truth, times * predictions.right, classes)
        occurs = truth + predicted > 0
        values.append(float((2 * hits[occurs] / (truth + predicted)[occurs]).mean()))
    low, high = np.quantile(values, (risk / 2, 1 - risk / 2))
    return float(low), float(high)
