"""Two runs on the images they share: scipy's p-value, and a verdict that does not overstate."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import pytest
from scipy.stats import binomtest, norm

from plot.statistics.comparison import Prediction, compare, loss_below, mcnemar


@pytest.mark.parametrize(
    ("mended", "broken"),
    [(0, 0), (1, 0), (5, 0), (6, 0), (3, 3), (10, 2), (2, 10), (40, 25), (700, 610), (0, 3000)],
)
def test_the_p_value_is_scipys(mended: int, broken: int) -> None:
    expected = binomtest(mended, mended + broken).pvalue if mended + broken else 1.0
    assert mcnemar(mended, broken) == pytest.approx(expected, abs=1e-12)


def answers(right: int, wrong: int, prefix: str = "") -> dict[str, Prediction]:
    numbers = range(right + wrong)
    return {f"{prefix}{n}": Prediction("oil", "oil" if n < right else "good") for n in numbers}


def test_a_clear_gain_is_better() -> None:
    comparison = compare("run-1", answers(80, 20), answers(99, 1))
    assert (comparison.mended, comparison.broken, comparison.shared_images) == (19, 0, 100)
    assert comparison.verdict == "better"
    assert comparison.sentence.startswith("Better than the previous run: on the 100 validation")
    assert "p below 0.001" in comparison.sentence


def test_a_clear_loss_is_worse() -> None:
    comparison = compare("run-1", answers(99, 1), answers(80, 20))
    assert comparison.verdict == "worse"
    assert comparison.sentence.startswith("Worse")


def test_a_small_difference_is_not_proven() -> None:
    comparison = compare("run-1", answers(95, 5), answers(98, 2))
    assert comparison.verdict == "not proven"
    assert "p = 0.250" in comparison.sentence


def test_equal_predictions_are_no_difference() -> None:
    assert compare("r", answers(9, 1), answers(9, 1)).sentence.startswith("No difference")


def test_only_shared_images_of_the_same_class_count() -> None:
    before = answers(5, 0) | answers(3, 0, "old") | {"moved": Prediction("oil", "oil")}
    now = answers(4, 1) | answers(2, 2, "new") | {"moved": Prediction("good", "good")}
    comparison = compare("r", before, now)
    assert (comparison.shared_images, comparison.relabelled) == (5, 1)
    assert (comparison.previous.hits, comparison.now.hits) == (5, 4)


def test_runs_without_a_common_image_are_not_compared() -> None:
    comparison = compare("r", answers(5, 0, "a"), answers(5, 0, "b"))
    assert comparison.verdict == "not proven"
    assert "other images" in comparison.sentence


def outcomes(images: int, mending: float, breaking: float) -> Iterator[tuple[int, int, float]]:
    """Yield how many images mend and break, with the probability of just that."""
    same = 1 - mending - breaking
    for mended in range(images + 1):
        for broken in range(images + 1 - mended):
            ways = comb(images, mended) * comb(images - mended, broken)
            chance = mending**mended * breaking**broken * same ** (images - mended - broken)
            yield mended, broken, ways * chance


@pytest.mark.parametrize(
    ("images", "mending", "breaking"),
    [(20, 0.05, 0.15), (30, 0.1, 0.1), (30, 0.0, 0.1), (30, 0.02, 0.2), (25, 0.2, 0.25)],
)
def test_the_bound_of_the_loss_holds_in_19_of_20_samples(
    images: int, mending: float, breaking: float
) -> None:
    true_loss = breaking - mending
    covered = sum(
        chance
        for mended, broken, chance in outcomes(images, mending, breaking)
        if loss_below(mended, broken, images) >= true_loss
    )
    assert 0.945 < covered < 0.975


@pytest.mark.parametrize("images", [1, 12, 52, 10_000])
def test_the_bound_without_a_difference_is_that_of_the_score_test(images: int) -> None:
    z = norm.ppf(0.95)
    assert loss_below(0, 0, images) == pytest.approx(z**2 / (images + z**2), abs=1e-8)


def test_the_bound_at_its_ends() -> None:
    assert loss_below(0, 0, 0) == 1
    assert loss_below(0, 5, 5) == 1
    assert loss_below(10, 0, 10) < 0
