"""The child processes of the cloud: none outlives it, even when it is killed."""

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

    The kernel takes "the parent died" from the thread that forked, so a child started by a thread
    that ends would be killed with that thread.
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
            self._children = {one for one in self._children if one.poll() is None} | {child}
            closed = self._closed
        if closed:
            kill(child)
        return child

    def close(self) -> None:
        """Kill what still runs and wait for it to be gone."""
        with self._lock:
            self._closed = True
            children = list(self._children)
        for child in children:
            kill(child)
        self._starter.shutdown()


def kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and what it started, and collect it."""
    if child.poll() is None:
        kill_session(child.pid)
    child.wait()


def kill_session(leader: int) -> None:
    """Kill what is left of the session that a child led."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def peak_megabytes(pid: int) -> int | None:
    """Return the most memory a process has held, in MB; None where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024  # the line is in kB
    return None
