"""The child processes of the cloud: none outlives it, even if it is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


class Processes:
    """Starts children from one thread that lasts as long as the cloud.

    For the kernel a child's parent is the thread that forked it: a child would be killed when
    that thread ends.
    """

    def __init__(self) -> None:
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="processes")
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        output: int | IO[bytes],
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own, both its outputs going to `output`."""
        guarded = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid()), *command]

        def fork() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                guarded,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                start_new_session=True,
            )

        child = self._starter.submit(fork).result()
        with self._lock:
            running = {process for process in self._children if process.poll() is None}
            self._children = running | {child}
            closed = self._closed
        if closed:
            kill(child)
        return child

    def close(self) -> None:
        """Kill the running children and wait for their end."""
        with self._lock:
            self._closed = True
            children = list(self._children)
        for child in children:
            kill(child)
        self._starter.shutdown()


def kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and its descendants, and collect it."""
    if child.poll() is None:
        kill_session(child.pid)
    child.wait()


def kill_session(leader: int) -> None:
    """Kill the rest of the session that a child led."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def peak_megabytes(pid: int) -> int | None:
    """Return the peak memory of a process in MB; None if the system does not report it."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024  # the line is in kB
    return None
