"""Limits how many requests go to S3 at once, and how many in a second.

The number at once falls when S3 asks for less and rises slowly while it doesn't: additive
increase, multiplicative decrease, as in TCP (https://www.rfc-editor.org/rfc/rfc5681#section-3.1).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# S3 allows at least 3,500 copies a second for a prefix, and answers 503 Slow Down above.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
REQUESTS_PER_SECOND = 3500
# Little's law: 3,500 a second that take 100 ms each are 350 at once; 100 to 200 ms is what S3
# states for small objects. It is also well below the 1,024 threads and files of a Lambda.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
AT_ONCE = 350
FEWEST_AT_ONCE = 4
DECREASE = 0.5


@dataclass
class Turn:
    """One request's turn; the request sets `slow_down` if S3 asks for less."""

    generation: int
    slow_down: bool = False


@dataclass
class Pace:
    """Hands out turns, one for each request; safe to use from many threads.

    At most `limit` requests run at once: `at_once` to begin with and at most, half of it each time
    that S3 asks for less, and one more after each `limit` requests that succeed.
    """

    at_once: int = AT_ONCE
    per_second: float = REQUESTS_PER_SECOND
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    limit: int = field(init=False)
    lowest_limit: int = field(init=False)
    slow_downs: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.limit = self.lowest_limit = self.at_once
        self._room = threading.Condition()
        self._running = 0
        self._succeeded = 0
        self._generation = 0
        self._next_start = 0.0

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait until a request may start; it ends with the block."""
        with self._room:
            self._room.wait_for(lambda: self._running < self.limit)
            self._running += 1
            turn = Turn(self._generation)
            now = self.clock()
            self._next_start = max(now, self._next_start) + 1 / self.per_second
            wait = self._next_start - 1 / self.per_second - now
        try:
            if wait > 0:
                self.sleep(wait)
            yield turn
        finally:
            with self._room:
                self._running -= 1
                if turn.slow_down:
                    self._lower(turn)
                else:
                    self._raise()
                self._room.notify()

    def _lower(self, turn: Turn) -> None:
        self.slow_downs += 1
        # Requests that started before the last decrease say nothing about its effect.
        if turn.generation == self._generation:
            self.limit = max(int(self.limit * DECREASE), FEWEST_AT_ONCE)
            self.limit = min(self.limit, self.at_once)
            self.lowest_limit = min(self.lowest_limit, self.limit)
            self._generation += 1
            self._succeeded = 0

    def _raise(self) -> None:
        self._succeeded += 1
        if self._succeeded >= self.limit and self.limit < self.at_once:
            self.limit += 1
            self._succeeded = 0
            self._room.notify()
