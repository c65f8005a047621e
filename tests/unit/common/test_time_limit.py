"""Work that takes too long ends in an error that can be reported, whatever it catches itself."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from common.time_limit import RESERVE_SECONDS, TimeLimitError, time_limit
from tests.support.waiting import HANG_SECONDS


def wait_for_ever() -> None:
    while True:
        try:
            time.sleep(HANG_SECONDS)
        except Exception:  # as some library might
            continue


def test_the_end_of_the_time_passes_what_catches_exceptions():
    allowed = pytest.raises(TimeLimitError, match="longer than the 5 s that Lambda allows")
    with allowed, time_limit(RESERVE_SECONDS + 0.05):
        wait_for_ever()


def test_without_any_time_nothing_begins():
    with pytest.raises(TimeLimitError), time_limit(0.0):
        wait_for_ever()


def test_work_that_ends_in_time_leaves_no_alarm_behind():
    before = signal.getsignal(signal.SIGALRM)

    with time_limit(HANG_SECONDS):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0

    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) == before


def test_an_error_of_the_work_is_its_own():
    with pytest.raises(ValueError, match="own"), time_limit(HANG_SECONDS):
        raise ValueError("own")


def test_another_thread_has_no_limit():
    ended = []

    def work() -> None:
        with time_limit(0.0):
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert ended
