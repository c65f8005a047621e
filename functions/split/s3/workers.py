"""Runs one request for each of very many items, at S3's pace, with retries."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from common.errors import OutOfTimeError
from split.s3.errors import classify
from split.s3.pace import Pace

# Even when S3 refuses two requests of five, no item of a million is likely to need as many.
ATTEMPTS = 20
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
# No request starts with less time left: the last one may take REQUEST_SECONDS, and then the status
# is written.
REQUEST_SECONDS = 120
RESERVE_SECONDS = REQUEST_SECONDS + 30.0

Item = TypeVar("Item")
Output = TypeVar("Output")
SecondsLeft = Callable[[], float]


def unlimited() -> float:
    """Return the seconds left where there is no limit."""
    return float("inf")


def pause_before(attempt: int) -> float:
    """Draw the pause before an attempt, counted from 1; in seconds.

    Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    longest = min(FIRST_PAUSE_SECONDS * 2.0**attempt, LONGEST_PAUSE_SECONDS)
    return random.uniform(0, longest)  # noqa: S311  # not for secrets


class Workers(Generic[Item, Output]):
    """Threads that take one item after the other; `done` counts the finished items."""

    def __init__(
        self,
        request: Callable[[Item], Output],
        impossible: Callable[[Item, str], Output],
        pace: Pace,
        seconds_left: SecondsLeft = unlimited,
    ) -> None:
        """Send `request` for each item; `impossible` gives the output when S3 never serves it."""
        self._request = request
        self._impossible = impossible
        self._pace = pace
        self._seconds_left = seconds_left
        self._lock = threading.Lock()
        self._items: Iterator[Item] = iter(())
        self._outputs: list[Output] = []
        self._error: Exception | None = None
        self.done = 0

    def run(self, items: Iterable[Item]) -> list[Output]:
        """Process each item; return the outputs that are not None, in no order.

        Raises:
            OutOfTimeError: there is too little time left; requests that had begun have ended.
            Exception: S3 refused a request for good, or too often.
        """
        self._items = iter(items)
        with ThreadPoolExecutor(self._pace.at_once) as pool:
            # No more threads than items: ten images don't start 350 threads.
            for _ in range(self._pace.at_once):
                try:
                    pool.submit(self._work, self._next_item())
                except StopIteration:
                    break
        if self._error:
            raise self._error
        return self._outputs

    def _next_item(self) -> Item:
        with self._lock:
            if self._error:
                raise StopIteration
            return next(self._items)

    def _work(self, item: Item) -> None:
        try:
            while True:
                output = self._try(item)
                with self._lock:
                    self.done += 1
                    if output is not None:
                        self._outputs.append(output)
                item = self._next_item()
        except StopIteration:
            return
        except Exception as error:
            with self._lock:
                self._error = self._error or error

    def _try(self, item: Item) -> Output:
        for attempt in range(1, ATTEMPTS + 1):
            with self._pace.turn() as turn:
                if self._error:
                    raise self._error
                if self._seconds_left() < RESERVE_SECONDS:
                    raise OutOfTimeError("too little time is left for another request")
                try:
                    return self._request(item)
                except Exception as error:
                    failure = classify(error)
                    turn.slow_down = failure.slow_down
                    if failure.reason:
                        return self._impossible(item, failure.reason)
                    if not failure.retry or attempt == ATTEMPTS:
                        raise
            time.sleep(pause_before(attempt))
        raise AssertionError  # the last attempt returns or raises
