"""Bounds the memory of all pictures that are decoded at once, whatever their number and size."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 1_000_000_000  # bytes of all pictures together
MOST = 1_500_000_000  # bytes of one; what needs more than AT_ONCE is decoded alone


class Budget:
    """A semaphore that counts bytes. Who comes first is served first, so none waits for ever."""

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def taking(self, count: int) -> Iterator[None]:
        """Wait until so many bytes are free, or all of them where there are not so many."""
        taken, turn = min(count, self._total), object()
        with self._changed:
            self._queue.append(turn)
            self._changed.wait_for(lambda: self._queue[0] is turn and self._free >= taken)
            self._queue.popleft()
            self._free -= taken
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()
