"""Becomes a command that the kernel kills when the given parent process dies (on Linux)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html


def main() -> None:
    """Run `die_with_parent.py <parent's pid> <command...>`; the setting survives the exec."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the call above
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 (the point of this script)


if __name__ == "__main__":
    main()
