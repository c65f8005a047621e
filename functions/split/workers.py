"""Runs one request for each of very many items: bounded, at S3's pace, again after faults."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from common.errors import OutOfTimeError
from split.faults import fault_of
from split.pace import Pace

# Even when S3 turns down two requests of five, no item of a million is likely to need as many.
ATTEMPTS = 20
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
# No request starts with less left: the last may take REQUEST_SECONDS, then status is written.
REQUEST_SECONDS = 120
RESERVE_SECONDS = REQUEST_SECONDS + 30.0

Item = TypeVar("Item")
Answer = TypeVar("Answer")
SecondsLeft = Callable[[], float]


def unlimited() -> float:
    """Seconds left where nobody counts them."""
    return float("inf")


def pause_before(attempt: int) -> float:
    """Draw how long to wait before an attempt, counted from 1; in seconds.

    Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    longest = min(FIRST_PAUSE_SECONDS * 2.0**attempt, LONGEST_PAUSE_SECONDS)
    return random.uniform(0, longest)  # noqa: S311  # not for secrets


class Workers(Generic[Item, Answer]):
    """Threads that take one item after the other; `done` counts the items that ended."""

    def __init__(
        self,
        work: Callable[[Item], Answer],
        impossible: Callable[[Item, str], Answer],
        pace: Pace,
        seconds_left: SecondsLeft = unlimited,
    ) -> None:
        """Let `work` ask S3 about an item; `impossible` answers when S3 never will."""
        self._work = work
        self._impossible = impossible
        self._pace = pace
        self._seconds_left = seconds_left
        self._lock = threading.Lock()
        self._source: Iterator[Item] = iter(())
        self._answers: list[Answer] = []
        self._failure: Exception | None = None
        self.done = 0

    def run(self, items: Iterable[Item]) -> list[Answer]:
        """Ask about each item; return the answers that are not None, in no order.

        Raises:
            OutOfTimeError: there is too little time left; what was begun has ended.
            Exception: S3 turned one request down in a way that no retry mends, or too often.
        """
        self._source = iter(items)
        with ThreadPoolExecutor(self._pace.at_once) as pool:
            # As many threads as there is work for: ten images do not start 256.
            for _ in range(self._pace.at_once):
                try:
                    pool.submit(self._take, self._next())
                except StopIteration:
                    break
        if self._failure:
            raise self._failure
        return self._answers

    def _next(self) -> Item:
        with self._lock:
            if self._failure:
                raise StopIteration
            return next(self._source)

    def _take(self, item: Item) -> None:
        try:
            while True:
                answer = self._ask(item)
                with self._lock:
                    self.done += 1
                    if answer is not None:
                        self._answers.append(answer)
                item = self._next()
        except StopIteration:
            return
        except Exception as error:
            with self._lock:
                self._failure = self._failure or error

    def _ask(self, item: Item) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            with self._pace.turn() as turn:
                if self._failure:
                    raise self._failure
                if self._seconds_left() < RESERVE_SECONDS:
                    raise OutOfTimeError("too little time is left for another request")
                try:
                    return self._work(item)
                except Exception as error:
                    fault = fault_of(error)
                    turn.slow_down = fault.slow_down
                    if fault.reason:
                        return self._impossible(item, fault.reason)
                    if not fault.again or attempt == ATTEMPTS:
                        raise
            time.sleep(pause_before(attempt))
        raise AssertionError  # the last attempt returns or raises
