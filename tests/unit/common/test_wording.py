from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.wording import (
    UNKNOWN,
    count,
    duration,
    first_few,
    interval,
    moment,
    most_frequent,
    percent,
    rate,
    rate_of,
    share_of,
    threshold,
)


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_percent_says_all_and_none_only_when_it_is_so(counts: tuple[int, int]) -> None:
    part, whole = counts
    assert (percent(part / whole) == "100.0 %") == (part == whole)
    assert (percent(part / whole) == "0.0 %") == (part == 0)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.95, "95.0 %"),
        (2499 / 2500, "> 99.9 %"),
        (1 / 2500, "< 0.1 %"),
        (1 / 2000, "0.1 %"),
        (1.0, "100.0 %"),
        (0.0, "0.0 %"),
        (float("nan"), UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_share_of_gives_the_counts() -> None:
    assert share_of(57, 60) == "95.0 % (57 of 60)"


def test_few_images_have_no_percentage() -> None:
    assert share_of(0, 0) == "0 of 0"
    assert (share_of(5, 6), rate(5, 6)) == ("5 of 6", "5 of 6")
    assert (rate(18, 19), rate(19, 20)) == ("18 of 19", "95.0 %")
    assert (rate_of(0.834, 6), rate_of(0.86, 40)) == ("5 of 6", "86.0 %")


def test_a_threshold_keeps_its_digits() -> None:
    assert [threshold(p) for p in (0.213, 0.000012, 1.0, 0.0, 0.999999)] == [
        *("0.213", "0.000012", "1", "0", "0.999999")
    ]


def test_interval() -> None:
    assert interval(0.9286, 0.9914) == "92.9 to 99.1 %"
    assert interval(0.0, 0.0713) == "0.0 to 7.1 %"
    assert interval(0.998, 0.9999) == "99.8 to > 99.9 %"


def test_count_agrees_with_its_noun() -> None:
    assert count(1, "image") == "1 image"
    assert count(2500, "image") == "2,500 images"
    assert count(3, "class", "classes") == "3 classes"
    assert count(0, "image") == "0 images"
    assert count(2500) == "2,500"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (41.4, "41 s"),
        (59.6, "1 min 0 s"),
        (611, "10 min 11 s"),
        (7500, "2 h 5 min"),
        (None, UNKNOWN),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_moment_is_in_utc() -> None:
    assert moment(datetime(2026, 11, 22, 9, 30, 59, tzinfo=UTC)) == "2026-11-22 09:30 UTC"


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], ""),
        (["oil", "stain"], "oil, stain"),
        (["a", "b", "c", "d", "e"], "a, b, c, d, e"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
    ],
)
def test_first_few(texts: list[str], words: str) -> None:
    assert first_few(texts) == words


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ({}, ""),
        ({"empty": 2, "an archive": 1_200}, "an archive (1,200), empty (2)"),
        ({"a": 4, "b": 3, "c": 2, "d": 1}, "a (4), b (3), c (2) and 1 more reason"),
        (dict.fromkeys("abcde", 1), "a (1), b (1), c (1) and 2 more reasons"),
    ],
)
def test_most_frequent(reasons: dict[str, int], words: str) -> None:
    assert most_frequent(reasons) == words
