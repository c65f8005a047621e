"""Ends work shortly before Lambda would: a function that it kills can't report that it failed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from common.errors import DroptrainError
from common.wording import duration

# Enough to write the status, and to release a lock.
RESERVE_SECONDS = 5.0


class TimeLimitError(DroptrainError):
    """The work took longer than Lambda lets the function run."""


class _TimeUp(BaseException):
    """Passes every `except Exception` on its way out of the work."""


@contextmanager
def time_limit(seconds_left: float) -> Iterator[None]:
    """Raise in the middle of the work when `RESERVE_SECONDS` of `seconds_left` are left.

    Lambda calls a handler in the main thread, the only one that Python lets handle a signal;
    elsewhere there is no limit.

    Raises:
        TimeLimitError: the time is up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = signal.signal(signal.SIGALRM, _raise_time_up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds_left - RESERVE_SECONDS, 0.001))
    try:
        yield
    except _TimeUp:
        limit = duration(seconds_left)
        raise TimeLimitError(f"it took longer than the {limit} that Lambda allows") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def _raise_time_up(_: int, __: FrameType | None) -> None:
    raise _TimeUp
