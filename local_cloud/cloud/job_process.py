"""The process of a training job: its lines, its time limit, and how it is asked to stop."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from local_cloud.cloud.event_log import EventLog, JobLine
from local_cloud.cloud.job_folder import JobFolder
from local_cloud.cloud.processes import Processes, kill, kill_session

Cause = Literal["stop", "maximum runtime"]


class JobProcess:
    """Runs once. `stop` may come at any time, also before the process is there."""

    def __init__(
        self, name: str, processes: Processes, records: EventLog, log: Path, grace_seconds: float
    ) -> None:
        self._name = name
        self._processes = processes
        self._records = records
        self._log = log
        self._grace = grace_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._timers: list[threading.Timer] = []
        self.stopped_by: Cause | None = None

    def run(self, folder: JobFolder, maximum_seconds: float) -> int:
        """Run the job's command to its end and return its exit code; -15 if never started."""
        with self._lock:
            if self.stopped_by:
                return -signal.SIGTERM
            child = self._processes.start(
                folder.command(), folder.environment(), folder.root, subprocess.PIPE
            )
            self._child = child
            self._after(maximum_seconds, lambda: self._ask_to_stop("maximum runtime"))
        follower = threading.Thread(
            target=self._follow, args=(child,), name=f"log-{self._name}", daemon=True
        )
        follower.start()
        code = child.wait()
        kill_session(child.pid)  # what it started would be gone with its container
        follower.join()
        for timer in self._timers:
            timer.cancel()
        return code

    def stop(self) -> None:
        """Ask the job to stop."""
        self._ask_to_stop("stop")

    def abandon(self) -> None:
        """Kill the job at once."""
        with self._lock:
            self.stopped_by = self.stopped_by or "stop"
            for timer in self._timers:
                timer.cancel()
            if self._child:
                kill(self._child)

    def _ask_to_stop(self, cause: Cause) -> None:
        with self._lock:
            if self.stopped_by:
                return
            self.stopped_by = cause
            child = self._child
            if child and child.poll() is None:
                child.send_signal(signal.SIGTERM)  # to process 1 alone, like a container's
                self._after(self._grace, lambda: kill(child))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _follow(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        with self._log.open("ab", buffering=0) as log, child.stdout:
            for line in child.stdout:
                log.write(line)
                text = line.decode(errors="replace").rstrip("\r\n")
                self._records.add(JobLine(self._name, text))
