"""The exact tests, compared with scipy's."""

import numpy as np
import pytest
from scipy.stats import beta, binom, binomtest

from auditing import evidence


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("count", [1, 7, 28, 5000])
def test_the_tail_is_the_exact_one(count: int, share: float) -> None:
    for hits in {0, 1, count // 3, count - 1, count}:
        expected = binom.sf(hits - 1, count, share)
        assert evidence.binomial_tail(hits, count, share) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (0, 7), (5, 25), (27, 28), (4990, 5000)])
def test_the_limit_is_clopper_and_pearsons(hits: int, count: int) -> None:
    expected = beta.ppf(0.95, hits + 1, count - hits)
    assert evidence.limit(hits / count, count) == pytest.approx(expected, abs=1e-5)


def test_where_nothing_is_wrong_nothing_is_limited() -> None:
    assert evidence.limit(1.0, 3) == 1
    assert evidence.limit(1.0, 0) == 1


def right(hits: int, count: int) -> evidence.Right:
    return np.arange(count) < hits


@pytest.mark.parametrize(
    ("hits", "count", "chance", "expected"),
    [
        (25, 28, 0.6, True),  # three classes, most images of one
        (3, 3, 0.3, False),  # 27 in a thousand
        (5, 5, 0.3, True),
        (60, 100, 0.3, False),  # proven, but not half of the way
        (300, 300, 1.0, False),  # where chance is always right, it proves nothing
    ],
)
def test_answers_convince_when_they_are_good_and_hardly_chance(
    hits: int, count: int, chance: float, expected: bool
) -> None:
    assert evidence.convinces(right(hits, count), np.full(count, chance)) is expected


def test_one_is_better_by_the_images_on_which_they_differ() -> None:
    first = np.array([True] * 90 + [False] * 10)
    for lost in range(12):
        second = first.copy()
        second[:lost] = False
        second[95] = True
        p = binomtest(lost, lost + 1, 0.5, alternative="greater").pvalue
        assert evidence.is_better(first, second) is bool(p < 0.01)


def test_few_answers_are_counted() -> None:
    assert evidence.told(right(3, 15)) == "3 of 15"
    assert evidence.told(right(3, 15), "images") == "3 of 15 images"
    assert evidence.told(right(10, 20)) == "50.0 %"
    assert evidence.told(right(10, 20), "images") == "50.0 % of the images"
