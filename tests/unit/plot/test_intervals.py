"""Intervals and bounds equal scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from plot.statistics.intervals import f1, images_to_prove_below, proven_below, share

RANDOM = np.random.default_rng(0)
COUNTS = [(0, 1), (1, 1), (0, 4), (4, 4), (228, 240), (1, 20_000), (19_999, 20_000)]
COUNTS += [(int(RANDOM.integers(0, n + 1)), int(n)) for n in RANDOM.integers(1, 500, 40)]


@pytest.mark.parametrize(("hits", "of"), COUNTS)
def test_the_interval_is_wilsons(hits: int, of: int) -> None:
    estimate = share(hits, of)
    expected = binomtest(hits, of).proportion_ci(method="wilson")
    assert estimate.value == hits / of
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


@pytest.mark.parametrize(("mistakes", "of"), [(of - hits, of) for hits, of in COUNTS])
def test_the_proven_bound_is_the_exact_one_sided_one(mistakes: int, of: int) -> None:
    expected = 1.0 if mistakes == of else beta.ppf(0.95, mistakes + 1, of - mistakes)
    assert proven_below(mistakes, of) == pytest.approx(expected, abs=1e-9)


def test_four_good_images_prove_little_and_fifty_nine_enough() -> None:
    assert proven_below(0, 4) == pytest.approx(0.527, abs=0.001)
    assert images_to_prove_below(0.05) == 59
    assert proven_below(0, 59) < 0.05 < proven_below(0, 58)
    assert images_to_prove_below(0.01) == 299


def test_without_an_image_the_interval_is_everything() -> None:
    assert math.isnan(share(0, 0).value)
    assert (share(0, 0).low, share(0, 0).high) == (0, 1)
    assert not f1(0, 0, 0).is_known
    assert proven_below(0, 0) == 1


def test_the_interval_of_f1_covers_it_nineteen_times_in_twenty() -> None:
    random = np.random.default_rng(1)
    truth, inside, samples = 2 * 0.7 / (2 * 0.7 + 0.2 + 0.1), 0, 2000
    for hits, wrong, missed, _ in random.multinomial(80, [0.35, 0.1, 0.05, 0.5], size=samples):
        estimate = f1(int(hits), int(wrong), int(missed))
        inside += estimate.low <= truth <= estimate.high
    assert 0.93 < inside / samples < 0.975
