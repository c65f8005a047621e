"""Intervals of a share of so many images, and what few images can prove. Pure.

A share and its interval: E. B. Wilson, 1927, https://doi.org/10.1080/01621459.1927.10502953; why
not the textbook's: Brown, Cai and DasGupta, 2001, https://doi.org/10.1214/ss/1009213286.
F1 = 2s / (1 + s) of the share s = TP / (TP + FP + FN), called F* by Hand, Christen and Kirielle,
2021, https://doi.org/10.1007/s10994-021-05964-1: F1's ends are those of Wilson's interval of s.
An interval holds with 95 %, a risk of 5 %, unless another `risk` is given.
Proven bounds: the exact one-sided bound of Clopper and Pearson, 1934,
https://doi.org/10.1093/biomet/26.4.404; without a mistake it is 1 - 0.05^(1/n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

RISK = 0.05  # of any statement: an interval that is missed, or a bound that is exceeded


@dataclass(frozen=True)
class Estimate:
    """A figure between 0 and 1 with the ends of its interval, of 95 % unless it says otherwise.

    `hits` of `of` images give it; without an image the value is NaN and the interval everything.
    """

    value: float
    low: float
    high: float
    hits: int
    of: int

    @property
    def is_known(self) -> bool:
        """Whether there is an image behind it."""
        return self.of > 0


def normal_quantile(risk: float) -> float:
    """Return how many standard deviations to both sides leave this risk: 1.96 at 5 %."""
    return NormalDist().inv_cdf(1 - risk / 2)


def share(hits: int, of: int, effective: float | None = None, risk: float = RISK) -> Estimate:
    """Return a share with Wilson's interval.

    Images that resemble each other prove as much as an `effective` number of independent ones.
    """
    if of == 0:
        return Estimate(math.nan, 0.0, 1.0, hits, of)
    value, size, z = hits / of, effective or of, normal_quantile(risk)
    spread = z * math.sqrt(value * (1 - value) / size + z * z / (4 * size * size))
    middle = value + z * z / (2 * size)
    shrink = 1 + z * z / size
    low, high = (middle - spread) / shrink, (middle + spread) / shrink
    # By the formula the ends at 0 and 1 are exact; rounding must not push them past the value.
    return Estimate(value, max(0.0, min(low, value)), min(1.0, max(high, value)), hits, of)


def f1(hits: int, wrongly_found: int, missed: int) -> Estimate:
    """Return F1 of a class: TP, FP and FN in counts of images."""
    plain = share(hits, hits + wrongly_found + missed)
    value, low, high = (2 * end / (1 + end) for end in (plain.value, plain.low, plain.high))
    return Estimate(value, low, high, hits, plain.of)


def proven_below(mistakes: int, of: int) -> float:
    """Return the upper bound of the true rate that `mistakes` among `of` images prove.

    At a risk of 5 %: with any higher rate, fewer than one in twenty such samples would have so few
    mistakes. 1.0 when they prove nothing.
    """
    if of == 0 or mistakes >= of:
        return 1.0
    if mistakes == 0:
        return float(1 - RISK ** (1 / of))
    low, high = mistakes / of, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if at_most(mistakes, of, middle) > RISK:
            low = middle
        else:
            high = middle
    return high


def images_to_prove_below(rate: float) -> int:
    """Return how many images without a mistake prove a rate below `rate`, between 0 and 1."""
    return math.ceil(math.log(RISK) / math.log1p(-rate))


def at_most(mistakes: int, of: int, rate: float) -> float:
    """The binomial probability of at most `mistakes`; by logarithms, for large numbers."""
    if rate >= 1:
        return 0.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    terms = (
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        + k * log_rate + (of - k) * log_rest
        for k in range(mistakes + 1)
    )  # fmt: skip
    return math.fsum(map(math.exp, terms))
