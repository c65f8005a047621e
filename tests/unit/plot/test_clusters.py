"""Images that resemble each other prove less: the intervals allow for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plot.statistics.clusters import macro_f1_interval, share_of_images
from plot.statistics.intervals import Estimate, share
from tests.support.predictions import make_predictions, repeated


def width(estimate: Estimate) -> float:
    return estimate.high - estimate.low


def right_of(images: int, wrong: int) -> np.ndarray:
    return np.arange(images) >= wrong


def test_without_clusters_it_is_wilson_s_interval() -> None:
    right = right_of(300, 30)
    assert share_of_images(right, None) == share(270, 300)


def test_images_on_their_own_are_independent() -> None:
    right = right_of(300, 30)
    estimate = share_of_images(right, np.arange(300))
    assert (estimate.low, estimate.high) == pytest.approx(
        (share(270, 300).low, share(270, 300).high), abs=1e-3
    )


def test_six_photographs_that_are_judged_alike_are_worth_one() -> None:
    parts = right_of(300, 30)
    six = share_of_images(np.repeat(parts, 6), np.repeat(np.arange(300), 6))
    once = share(270, 300)
    assert (six.hits, six.of, six.value) == (1620, 1800, once.value)
    assert (six.low, six.high) == pytest.approx((once.low, once.high), abs=1e-3)


def test_photographs_that_are_judged_independently_are_worth_all() -> None:
    random = np.random.default_rng(0)
    right = random.random(1800) > 0.1
    estimate = share_of_images(right, np.repeat(np.arange(300), 6))
    assert width(estimate) == pytest.approx(width(share(estimate.hits, 1800)), rel=0.15)


@pytest.mark.parametrize("value", [True, False])
def test_without_any_spread_each_cluster_counts_once(value: bool) -> None:
    estimate = share_of_images(np.full(180, value), np.repeat(np.arange(30), 6))
    once = share(30 * value, 30)
    assert (estimate.low, estimate.high) == pytest.approx((once.low, once.high))


def test_few_clusters_count_once_each_and_a_large_one_does_not_count_more() -> None:
    right = right_of(104, 4)
    clusters = np.array([0] * 100 + [1, 2, 3, 4])
    assert width(share_of_images(right, clusters)) > 0.6


def test_no_image_gives_no_share() -> None:
    assert not share_of_images(np.zeros(0, bool), np.zeros(0, np.int64)).is_known


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    random, covered = np.random.default_rng(1), 0
    clusters = np.repeat(np.arange(60), 5)
    for _ in range(500):
        rates = random.beta(8, 2, 60)  # parts differ: some are always wrong
        right = random.random(300) < rates[clusters]
        estimate = share_of_images(right, clusters)
        covered += estimate.low <= 0.8 <= estimate.high
    assert 0.92 <= covered / 500 <= 0.99


def test_the_interval_of_macro_f1_allows_for_copies_and_is_the_same_each_time() -> None:
    parts = make_predictions(["a", "b", "c"], 150, skill=2.0)
    single = macro_f1_interval(replace(parts, clusters=np.arange(150)))
    copied = macro_f1_interval(repeated(parts, 6))
    assert single is not None
    assert copied == pytest.approx(single)  # six copies of the same prove nothing more
    apart = macro_f1_interval(replace(repeated(parts, 6), clusters=np.arange(900)))
    assert apart is not None
    assert apart[1] - apart[0] < 0.6 * (single[1] - single[0])


def test_macro_f1_without_a_mistake_has_no_interval() -> None:
    perfect = make_predictions(["a", "b"], 30, skill=50.0)
    assert macro_f1_interval(replace(perfect, clusters=np.arange(30))) is None
