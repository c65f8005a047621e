"""Ctrl-C and SIGTERM, also while the commands' many modules are imported."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from droptrain import EXIT_INTERRUPTED

INTERRUPTED = "\ninterrupted: everything that was started has been stopped"


def stop_cleanly() -> None:
    """Treat SIGTERM and SIGHUP like Ctrl-C, unless they are ignored, as under `nohup`."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def interruptible_imports() -> Iterator[None]:
    """Let Ctrl-C end the process at once: imports take seconds, and some libraries swallow it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # the shell may have us ignore it
        signal.signal(signal.SIGINT, _exit_at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _exit_at_once(_signal: int, _frame: object) -> None:
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(EXIT_INTERRUPTED)  # nothing has been started
