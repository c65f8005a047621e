from __future__ import annotations

from collections.abc import Iterable

import pytest

from split.s3.pace import FEWEST_AT_ONCE, Pace


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def take(pace: Pace, answers: Iterable[bool]) -> None:
    """Take a turn for each answer, one after the other; True asks to slow down."""
    for slow_down in answers:
        with pace.turn() as turn:
            turn.slow_down = slow_down


@pytest.fixture
def pace() -> Pace:
    return Pace(at_once=64, per_second=1_000_000)


def test_it_begins_with_as_many_at_once_as_are_ever_allowed(pace: Pace):
    take(pace, [False] * 1000)

    assert pace.limit == pace.lowest_limit == 64


def test_slow_down_halves_what_may_be_under_way(pace: Pace):
    take(pace, [True])
    assert pace.limit == 32
    take(pace, [True])
    assert (pace.limit, pace.lowest_limit, pace.slow_downs) == (16, 16, 2)


def test_it_never_falls_to_nothing(pace: Pace):
    take(pace, [True] * 100)

    assert pace.limit == FEWEST_AT_ONCE


def test_it_rises_by_one_for_each_round_of_answers(pace: Pace):
    take(pace, [True])
    take(pace, [False] * 31)
    assert pace.limit == 32
    take(pace, [False])
    assert pace.limit == 33
    take(pace, [False] * 33)
    assert pace.limit == 34


def test_what_started_before_a_decrease_does_not_lower_it_again(pace: Pace):
    with pace.turn() as first, pace.turn() as second, pace.turn() as third:
        first.slow_down = second.slow_down = third.slow_down = True

    assert (pace.limit, pace.slow_downs) == (32, 3)


def test_a_small_pace_does_not_rise_above_where_it_began():
    pace = Pace(at_once=2)
    take(pace, [True] * 3 + [False] * 50)

    assert pace.limit == 2


def test_so_many_a_second_and_no_more():
    clock = Clock()
    pace = Pace(per_second=50, clock=clock, sleep=clock.sleep)
    started = clock.now

    take(pace, [False] * 101)

    assert clock.now - started == pytest.approx(2.0)
    assert max(clock.slept) == pytest.approx(0.02)


def test_a_pause_is_not_made_up_for_by_a_burst():
    clock = Clock()
    pace = Pace(per_second=50, clock=clock, sleep=clock.sleep)
    take(pace, [False])
    clock.now += 60
    before = clock.now

    take(pace, [False] * 11)

    assert clock.now - before == pytest.approx(0.2)


def test_a_request_that_raises_gives_its_turn_back():
    pace = Pace(at_once=1)
    for _ in range(3):
        with pytest.raises(OSError), pace.turn():  # noqa: PT011  # any will do
            raise OSError
    take(pace, [False])
