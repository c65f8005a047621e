"""Starts the command line in a process that the user's shell can't disturb."""

import os
import sys
from typing import NoReturn

from droptrain import EXIT_INTERRUPTED

# These commands run everything on this machine, so they need nothing else from the shell.
LOCAL_COMMANDS = frozenset({"run", "sample", "cloud"})


def main() -> NoReturn:
    """Run `droptrain` with the arguments of this process and exit."""
    if not sys.flags.ignore_environment and any(name.startswith("PYTHON") for name in os.environ):
        # Python has read these variables already: start again, without them.
        os.execv(sys.executable, [sys.executable, "-E", *sys.orig_argv[1:]])  # noqa: S606
    try:
        if LOCAL_COMMANDS.intersection(sys.argv[1:2]):
            from local_cloud import environment

            environment.isolate()
        for stream in (sys.stdout, sys.stderr):  # a file name may contain any bytes
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        from droptrain.cli import droptrain

        droptrain.main(prog_name="droptrain")
    except KeyboardInterrupt:
        os.write(2, b"\ninterrupted\n")
        sys.exit(EXIT_INTERRUPTED)
    finally:
        _close_output()


def _close_output() -> None:
    """Drop output that can't be written: Python would try again at exit, with a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
