"""Whether this run is better than an earlier one, on the images that both were measured on. Pure.

Only images on which the two disagree count: McNemar, 1947, https://doi.org/10.1007/BF02295996,
for classifiers Dietterich, 1998, https://doi.org/10.1162/089976698300017197. The test is the exact
two-sided one, since disagreements are few: Fagerland, Lydersen and Laake, 2013,
https://doi.org/10.1186/1471-2288-13-91.
That no difference is proven may only mean that there are too few images. How much accuracy this run
may have lost is said by the upper end of Tango's score interval, 1998,
https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from common.wording import count
from plot.statistics.intervals import Estimate, at_most, share

SIGNIFICANT = 0.05
VALIDATION_IMAGE, TEST_IMAGE = "validation image", "sealed test image"
# The normal distribution's 95 % point, for a one-sided statement.
ONE_SIDED_Z = 1.6448536269514722


@dataclass(frozen=True)
class Prediction:
    """The class of one image and the class a run predicted."""

    truth: str
    predicted: str

    @property
    def is_right(self) -> bool:
        """Whether the prediction is right."""
        return self.truth == self.predicted


@dataclass(frozen=True)
class Comparison:
    """This run against the previous one, on the images that both have, of one `kind`.

    `mended` images were wrong and are right now, `broken` ones were right and are wrong now.
    """

    run_before: str
    shared_images: int
    relabelled: int
    previous: Estimate
    now: Estimate
    mended: int
    broken: int
    p_value: float
    kind: str = VALIDATION_IMAGE

    @property
    def verdict(self) -> Literal["better", "not proven", "worse"]:
        """Whether the difference is more than chance, and in which direction."""
        if self.p_value >= SIGNIFICANT:
            return "not proven"
        return "better" if self.mended > self.broken else "worse"

    @property
    def loss_below(self) -> float:
        """The loss of accuracy that is excluded with 95 % confidence; below 0 it is a gain."""
        return loss_below(self.mended, self.broken, self.shared_images)

    @property
    def counts(self) -> str:
        """How many images changed sides, in words."""
        return (
            f"on the {count(self.shared_images, self.kind)} that both runs share, "
            f"{self.mended:,} went from wrong to right and {self.broken:,} from right to wrong"
        )

    @property
    def chance(self) -> str:
        """How often chance makes such a difference, in words."""
        p_value = "below 0.001" if self.p_value < 0.001 else f"= {self.p_value:.3f}"
        return f"exact McNemar test, p {p_value}"

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if not self.shared_images:
            return (
                "The previous run was validated on other images, so the two can't be compared "
                "image by image."
            )
        counts, chance = self.counts, self.chance
        if self.verdict == "better":
            return f"Better than the previous run: {counts} ({chance})."
        if self.verdict == "worse":
            return f"Worse than the previous run: {counts} ({chance})."
        if not self.mended + self.broken:
            return f"No difference from the previous run: {counts}."
        return (
            f"Not proven to be better or worse than the previous run: {counts}; chance alone often "
            f"makes such a difference ({chance})."
        )


def compare(
    run_before: str,
    previous: Mapping[str, Prediction],
    now: Mapping[str, Prediction],
    kind: str = VALIDATION_IMAGE,
) -> Comparison:
    """Compare two runs' predictions by the content of the images.

    An image whose class was changed in between doesn't count.
    """
    both = previous.keys() & now.keys()
    shared = [content for content in both if previous[content].truth == now[content].truth]
    mended = broken = previously_right = now_right = 0
    for content in shared:
        was_right, is_right = previous[content].is_right, now[content].is_right
        previously_right += was_right
        now_right += is_right
        mended += is_right and not was_right
        broken += was_right and not is_right
    return Comparison(
        run_before=run_before,
        shared_images=len(shared),
        relabelled=len(both) - len(shared),
        previous=share(previously_right, len(shared)),
        now=share(now_right, len(shared)),
        mended=mended,
        broken=broken,
        p_value=mcnemar(mended, broken),
        kind=kind,
    )


def mcnemar(mended: int, broken: int) -> float:
    """Return the exact two-sided p-value: how often a coin splits them so unevenly."""
    total, fewer = mended + broken, min(mended, broken)
    return 1.0 if 2 * fewer == total else min(1.0, 2 * at_most(fewer, total, 0.5))


def loss_below(mended: int, broken: int, images: int) -> float:
    """Return the upper bound of the true loss of accuracy: at a risk of 5 %, it is smaller.

    That is the largest difference `broken` - `mended`, as a share of the images, that a score test
    doesn't reject. 1.0 when nothing is proven.
    """
    if broken == images:
        return 1.0
    low, high = (broken - mended) / images, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if _score(mended, broken, images, middle) < ONE_SIDED_Z:
            low = middle
        else:
            high = middle
    return high


def _score(mended: int, broken: int, images: int, loss: float) -> float:
    """Return by how many standard errors the loss that was seen is below a supposed one.

    The error is the likeliest one under that supposition: `rarer` is then the share of the mended.
    """
    linear = (2 * images - broken + mended) * loss - mended - broken
    constant = mended * loss * (1 - loss)
    rarer = (math.sqrt(linear**2 + 8 * images * constant) - linear) / (4 * images)
    variance = images * (2 * rarer + loss * (1 - loss))
    return (images * loss - (broken - mended)) / math.sqrt(variance) if variance > 0 else 0.0
