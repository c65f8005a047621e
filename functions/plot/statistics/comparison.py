"""Whether this run is better than the one before, on the images that both were validated on. Pure.

Only images on which the two disagree can tell: McNemar, 1947, https://doi.org/10.1007/BF02295996,
for classifiers Dietterich, 1998, https://doi.org/10.1162/089976698300017197. The test is the exact
two-sided one, since disagreements are few: Fagerland, Lydersen and Laake, 2013,
https://doi.org/10.1186/1471-2288-13-91.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plot.statistics.intervals import Estimate, share

SIGNIFICANT = 0.05

Verdict = Literal["better", "not proven", "worse"]


@dataclass(frozen=True)
class Prediction:
    """What a run said of one image."""

    truth: str
    predicted: str

    @property
    def is_right(self) -> bool:
        """Whether it is what the image shows."""
        return self.truth == self.predicted


@dataclass(frozen=True)
class Comparison:
    """This run against the one before, on the images that both have."""

    before_run: str
    shared: int
    relabelled: int
    before: Estimate
    now: Estimate
    mended: int
    broken: int
    p_value: float

    @property
    def verdict(self) -> Verdict:
        """Whether the difference is more than chance, and in which direction."""
        if self.p_value >= SIGNIFICANT:
            return "not proven"
        return "better" if self.mended > self.broken else "worse"

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if not self.shared:
            return (
                "The run before was validated on other images, so the two cannot be compared image "
                "by image."
            )
        images = "validation image" if self.shared == 1 else "validation images"
        counts = (
            f"on the {self.shared:,} {images} that both runs share, {self.mended} that "
            f"were wrong are right now and {self.broken} that were right are wrong"
        )
        chance = f"exact McNemar test, p {_p(self.p_value)}"
        if self.verdict == "better":
            return f"Better than the run before: {counts} ({chance})."
        if self.verdict == "worse":
            return f"Worse than the run before: {counts} ({chance})."
        if not self.mended + self.broken:
            return f"No difference to the run before: {counts}."
        return (
            f"Not proven to be better or worse than the run before: {counts}; chance alone gives "
            f"such a difference often ({chance})."
        )


def compare(
    before_run: str, before: Mapping[str, Prediction], now: Mapping[str, Prediction]
) -> Comparison:
    """Compare two runs' answers by the content of the images.

    An image whose class was changed in between is left out: it is another question.
    """
    both = before.keys() & now.keys()
    asked_alike = [content for content in both if before[content].truth == now[content].truth]
    mended = broken = before_right = now_right = 0
    for content in asked_alike:
        was, is_now = before[content].is_right, now[content].is_right
        before_right += was
        now_right += is_now
        mended += is_now and not was
        broken += was and not is_now
    return Comparison(
        before_run=before_run,
        shared=len(asked_alike),
        relabelled=len(both) - len(asked_alike),
        before=share(before_right, len(asked_alike)),
        now=share(now_right, len(asked_alike)),
        mended=mended,
        broken=broken,
        p_value=mcnemar(mended, broken),
    )


def mcnemar(mended: int, broken: int) -> float:
    """Return the exact two-sided p-value: how often a coin splits them at least so."""
    total, fewer = mended + broken, min(mended, broken)
    if 2 * fewer == total:
        return 1.0
    # Whole numbers, so that nothing is lost however many there are.
    tail = sum(math.comb(total, k) for k in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**total)) if total < 1000 else _by_logarithms(total, fewer)


def _by_logarithms(total: int, fewer: int) -> float:
    logs = [
        math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)
        for k in range(fewer + 1)
    ]
    tail = math.fsum(math.exp(one - total * math.log(2)) for one in logs)
    return min(1.0, 2 * tail)


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"= {value:.3f}"
