from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from obstore.exceptions import GenericError

from common.errors import OutOfTimeError
from split.s3 import workers
from split.s3.pace import Pace
from split.s3.workers import RESERVE_SECONDS, Workers, pause_before
from tests.support.waiting import HANG_SECONDS

SLOW_DOWN = GenericError("status code: 503 Slow Down: <Code>SlowDown</Code>")
GONE = GenericError("status code: 404 Not Found: <Code>NoSuchKey</Code>")
FINAL = GenericError("status code: 403 Forbidden: <Code>ExpiredToken</Code>")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "pause_before", lambda _: 0.0)


def run(work: Any, items: Any, pace: Pace | None = None, **options: Any) -> list[Any]:
    crew: Workers[Any, Any] = Workers(
        work, lambda item, reason: (item, reason), pace or Pace(at_once=8), **options
    )
    return crew.run(items)


def test_each_item_is_asked_about_once():
    assert sorted(run(lambda item: item * 2, range(1000))) == [item * 2 for item in range(1000)]


def test_nothing_to_do_is_done():
    assert run(lambda item: item, []) == []


def test_answers_of_none_are_not_kept():
    assert run(lambda _: None, range(100)) == []


def test_as_many_as_the_pace_allows_are_under_way_and_no_more():
    lock, under_way, most = threading.Lock(), 0, 0
    all_five = threading.Barrier(5, timeout=HANG_SECONDS)

    def work(_: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        all_five.wait()
        with lock:
            under_way -= 1

    run(work, range(100), Pace(at_once=5))

    assert most == 5


def test_items_are_taken_as_they_are_needed():
    """A million items are never in memory as a million tasks."""
    started, done = 0, 0

    def items() -> Iterator[int]:
        nonlocal started
        for item in range(500):
            started += 1
            assert started - done <= 2 * 4 + 1
            yield item

    def work(_: int) -> None:
        nonlocal done
        done += 1

    run(work, items(), Pace(at_once=4))

    assert started == 500


def test_what_s3_slows_down_is_asked_again_and_slower():
    refused = set(range(20))
    pace = Pace(at_once=8)

    def work(item: int) -> int:
        if item in refused:
            refused.discard(item)
            raise SLOW_DOWN
        return item

    assert sorted(run(work, range(50), pace)) == list(range(50))
    assert pace.slow_downs == 20
    assert pace.lowest_limit < 8


def test_what_can_never_be_done_is_an_answer_and_the_others_go_on():
    def work(item: int) -> None:
        if item == 7:
            raise GONE

    assert run(work, range(50)) == [(7, "gone since it was listed")]


def test_an_error_that_no_retry_mends_ends_it_all(monkeypatch: pytest.MonkeyPatch):
    """Requests that had begun end, those that wait don't begin."""
    sizes = []
    has_failed = threading.Event()
    until_it_ends = Workers._work

    def work(item: int) -> None:
        sizes.append(item)
        if item == 5:
            raise FINAL
        assert has_failed.wait(HANG_SECONDS)

    def work_and_note(self: Workers[int, None], item: int) -> None:
        until_it_ends(self, item)
        has_failed.set()

    monkeypatch.setattr(Workers, "_work", work_and_note)
    with pytest.raises(GenericError, match="ExpiredToken"):
        Workers(work, lambda *_: None, Pace(at_once=8)).run(range(10_000))
    assert len(sizes) <= 8


def test_it_gives_up_after_so_many_attempts():
    sizes = []

    def work(item: int) -> None:
        sizes.append(item)
        raise SLOW_DOWN

    with pytest.raises(GenericError, match="SlowDown"):
        run(work, [1])
    assert len(sizes) == workers.ATTEMPTS


def test_out_of_time_nothing_more_is_started_and_the_done_are_counted():
    left = [RESERVE_SECONDS + 10]

    def work(_: int) -> None:
        left[0] -= 1

    crew: Workers[int, None] = Workers(work, lambda *_: None, Pace(at_once=1), lambda: left[0])
    with pytest.raises(OutOfTimeError):
        crew.run(range(1000))
    assert crew.done == 11


def test_no_retry_starts_when_time_is_out():
    left = [RESERVE_SECONDS + 1]

    def work(_: int) -> None:
        left[0] = 0
        raise SLOW_DOWN

    with pytest.raises(OutOfTimeError):
        run(work, [1], seconds_left=lambda: left[0])


def test_pauses_grow_and_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers.random, "uniform", lambda _, longest: longest)

    assert [pause_before(attempt) for attempt in (1, 2, 3, 9, 19)] == [0.2, 0.4, 0.8, 10.0, 10.0]
