"""Carries what functions and training jobs print from their log files to CloudWatch Logs."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloud.clients import Clients

PERIOD_SECONDS = 0.5
# Of one request, and of one event with what CloudWatch Logs adds to it:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MOST_EVENTS, MOST_BYTES, OVERHEAD_BYTES = 10_000, 1_048_576, 26


@dataclass
class Followed:
    """A file, the stream its lines go to, and how far it has been read."""

    path: Path
    group: str
    stream: str
    offset: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read_lines(self) -> list[str]:
        """Return the whole lines that have been added; half a line waits for its end."""
        try:
            size = self.path.stat().st_size
            if size < self.offset:  # another file of the same name
                self.offset = 0
            with self.path.open("rb") as file:
                file.seek(self.offset)
                added = file.read()
        except FileNotFoundError:  # deleted by somebody; the others go on
            self.offset = 0
            return []
        except OSError:  # out of files or of memory for a moment: the next look sees more
            return []
        whole = added[: added.rfind(b"\n") + 1]
        self.offset += len(whole)
        return whole.decode(errors="replace").splitlines()


class LogDelivery:
    """One thread for all files."""

    def __init__(self, clients: Clients) -> None:
        self._logs = clients("logs")
        self._files: dict[Path, Followed] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="log-delivery", daemon=True)
        self._thread.start()

    def follow(self, path: Path, group: str, stream: str) -> None:
        """Send to a stream what is added to a file from now on, unless it is followed already."""
        if path in self._files:
            return
        path.touch()
        self._create(group, stream)
        self._files[path] = Followed(path, group, stream, path.stat().st_size)

    def flush(self) -> None:
        """Send what the files hold now."""
        for followed in list(self._files.values()):
            with followed.lock:
                self._send(followed, followed.read_lines())

    def close(self) -> None:
        """Send what is left, then stop."""
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            self.flush()
        self.flush()

    def _create(self, group: str, stream: str) -> None:
        exists = self._logs.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists):
            self._logs.create_log_group(logGroupName=group)
        with contextlib.suppress(exists):
            self._logs.create_log_stream(logGroupName=group, logStreamName=stream)

    def _send(self, followed: Followed, lines: list[str]) -> None:
        for batch in batches(lines, int(time.time() * 1000)):
            # The group may have been deleted with its stack: then nobody wants to read it.
            with contextlib.suppress(ClientError):
                self._logs.put_log_events(
                    logGroupName=followed.group, logStreamName=followed.stream, logEvents=batch
                )


def batches(lines: list[str], moment: int) -> list[list[dict[str, Any]]]:
    """Return lines as events of that moment, in milliseconds, in as many batches as it takes."""
    found: list[list[dict[str, Any]]] = []
    size = MOST_BYTES
    for line in lines:
        message = line or " "  # CloudWatch Logs refuses an event without a text
        weight = len(message.encode()) + OVERHEAD_BYTES
        if size + weight > MOST_BYTES or len(found[-1]) == MOST_EVENTS:
            found.append([])
            size = 0
        found[-1].append({"timestamp": moment, "message": message})
        size += weight
    return found
