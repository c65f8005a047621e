"""Exact tests of counts of right answers, and how to say them."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Right = npt.NDArray[np.bool_]

_RARE = 0.01  # probability of what counts as proven not to be chance
_RISK = 0.05  # that a limit doesn't hold
FEW = 20  # of fewer images a percentage says nothing; their counts do


def binomial_tail(hits: int, count: int, share: float) -> float:
    """Return the probability of at least `hits` of `count` where each comes with `share`."""
    if hits <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    chosen = math.lgamma(count + 1)
    logs = [
        chosen
        - math.lgamma(number + 1)
        - math.lgamma(count - number + 1)
        + number * math.log(share)
        + (count - number) * math.log1p(-share)
        for number in range(hits, count + 1)
    ]
    return min(1.0, math.fsum(math.exp(log) for log in logs))


def limit(share: float, count: int) -> float:
    """Return what the true share hardly exceeds where `share` of `count` were right.

    One-sided limit of 95 % confidence: Clopper and Pearson, 1934,
    https://doi.org/10.1093/biomet/26.4.404
    """
    wrong = count - round(share * count)
    low, high = share, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if binomial_tail(wrong, count, 1 - middle) > _RISK:
            low = middle
        else:
            high = middle
    return high if wrong else 1.0


def skill(right: Right, chance: npt.NDArray[np.floating[Any]]) -> float:
    """Return how far the answers are on the way from chance (0) to perfection (1).

    `chance` (images,) is the probability that each is right by chance. Where it always is, 0.
    """
    by_chance = float(chance.mean())
    return (float(right.mean()) - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0


def convinces(right: Right, chance: npt.NDArray[np.floating[Any]]) -> bool:
    """Return whether answers come half of the way to perfection, and hardly by chance.

    One-sided exact binomial test with the mean of `chance`, which exaggerates the tail where the
    images differ: Hoeffding, 1956, https://doi.org/10.1214/aoms/1177728178
    """
    if skill(right, chance) < 0.5:
        return False
    return binomial_tail(int(right.sum()), len(right), float(chance.mean())) < _RARE


def is_better(right: Right, other_right: Right) -> bool:
    """Return whether one is right more often than the other on the same images.

    One-sided exact sign test of the images on which they differ (McNemar, 1947,
    https://doi.org/10.1007/BF02295996).
    """
    better, worse = int((right & ~other_right).sum()), int((other_right & ~right).sum())
    return binomial_tail(better, better + worse, 0.5) < _RARE


def told(right: Right, images: str = "") -> str:
    """Say how many answers are right: a percentage, or a count where there are few `images`."""
    if len(right) < FEW:
        return f"{right.sum()} of {len(right)} {images}".strip()
    return percent(float(right.mean())) + (f" of the {images}" if images else "")


def percent(share: float) -> str:
    """Return a share of 1 in percent."""
    return f"{100 * share:.1f} %"
