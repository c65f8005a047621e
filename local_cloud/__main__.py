"""Entry point of `python -m local_cloud`: a clean environment first, then the command line."""

import os
import sys

EXIT_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


def start() -> int:
    """Run the command line in an environment of its own; return the exit code."""
    from local_cloud import environment

    environment.isolate()
    if not sys.flags.ignore_environment:
        # Python has read its PYTHON* variables already: once more, without them.
        os.execv(sys.executable, [sys.executable, "-E", *sys.orig_argv[1:]])  # noqa: S606
    for stream in (sys.stdout, sys.stderr):  # a file's name may hold anything
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    _import_interruptibly()
    from local_cloud.cli import main

    return main(sys.argv[1:])


def _import_interruptibly() -> None:
    """Import the command line: that takes seconds, and some libraries swallow a Ctrl-C."""
    import signal

    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # not where the shell has us ignore it
        signal.signal(signal.SIGINT, _end_at_once)
    import local_cloud.cli  # noqa: F401

    signal.signal(signal.SIGINT, before)


def _end_at_once(_signal: int, _frame: object) -> None:
    _say_interrupted()
    os._exit(EXIT_INTERRUPTED)  # nothing has been started


def _say_interrupted() -> None:
    text = "\ninterrupted: everything that was started has been stopped\n"
    os.write(2, text.encode())


def _let_go_of_output() -> None:
    """Forget what could not be printed: at its exit Python would try again, with a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    try:
        code = start()
    except KeyboardInterrupt:
        _say_interrupted()
        code = EXIT_INTERRUPTED
    _let_go_of_output()
    sys.exit(code)
