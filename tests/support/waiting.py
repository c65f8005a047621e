"""Waits for the thing itself, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

# Nothing takes so long that comes at all: the bound ends what would hang.
HANG_SECONDS = 300.0
PERIOD_SECONDS = 0.1

Answer = TypeVar("Answer")


def wait_until(
    look: Callable[[], Answer],
    state: Callable[[], object] = lambda: "",
    seconds: float = HANG_SECONDS,
) -> Answer:
    """Look again and again until the answer is true, and return it.

    Raises:
        TimeoutError: it never was; the message tells the `state` of things.
    """
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still waiting after {seconds:.0f} s: {state()}")
        time.sleep(PERIOD_SECONDS)
    return answer
