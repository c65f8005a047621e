"""A clock of its own: what happens next happens at once, in the order of its time.

Each invocation of a function is a greenlet, which gives way at every call. So invocations
interleave at any call, in one thread, and always in the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from greenlet import getcurrent, greenlet

Action = Callable[[], object]


class Timeline:
    """`now`, and what is to happen later."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._planned: list[tuple[datetime, int, Action]] = []
        self._number = count()
        self._hub = getcurrent()

    def seconds(self) -> float:
        """Tell the time in seconds since the epoch."""
        return self.now.timestamp()

    def at(self, moment: datetime, action: Action) -> None:
        """Do something at that time, or now if it has passed."""
        heapq.heappush(self._planned, (max(moment, self.now), next(self._number), action))

    def after(self, seconds: float, action: Action) -> None:
        """Do something so many seconds from now."""
        self.at(self.now + timedelta(seconds=seconds), action)

    def start(self, work: Action) -> None:
        """Do work that pauses, now."""
        self.after(0, lambda: greenlet(work, parent=self._hub).switch())

    def pause(self, seconds: float) -> None:
        """Give way for so long; outside of any work no time passes."""
        current = getcurrent()
        if current is not self._hub:
            self.after(seconds, current.switch)
            self._hub.switch()

    def run(self, until: datetime, after_each: Action) -> None:
        """Let happen what is planned until then."""
        while self._planned and self._planned[0][0] <= until:
            self.now, _, action = heapq.heappop(self._planned)
            action()
            after_each()
        self.now = max(self.now, until)
