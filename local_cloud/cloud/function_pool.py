"""The warm processes of one function, and how many may work at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from local_cloud.cloud.function_process import FunctionProcess


class FunctionPool:
    """The warm processes of one function; a free one is used again before another is started."""

    def __init__(
        self, arn: str, timeout: float, limit: int, start: Callable[[], FunctionProcess]
    ) -> None:
        self.arn = arn
        self.timeout = timeout
        self.slots = threading.BoundedSemaphore(max(1, limit))
        self._start = start
        self._free: list[FunctionProcess] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> FunctionProcess:
        """Return a process that lives; the caller holds one of `slots`."""
        with self._lock:
            while self._free:
                process = self._free.pop()
                if process.alive():
                    return process
        return self._start()

    def give_back(self, process: FunctionProcess) -> None:
        """Keep a process for the next event, or end it when the pool is closed."""
        with self._lock:
            if not self._closed and process.alive():
                self._free.append(process)
                return
        if process.alive():
            process.close()

    def close(self) -> None:
        """End the free processes; those at work end when they are given back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for process in free:
            process.close()
