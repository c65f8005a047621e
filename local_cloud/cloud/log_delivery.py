"""Sends the output of functions and training jobs from their log files to CloudWatch Logs."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloud.clients import Clients

PERIOD_SECONDS = 0.5
# Limits of a request, and the size that CloudWatch Logs adds to each event:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MOST_EVENTS, MOST_BYTES, OVERHEAD_BYTES = 10_000, 1_048_576, 26


@dataclass
class FollowedFile:
    """A file, the stream of its lines, and the offset up to which it has been read."""

    path: Path
    group: str
    stream: str
    offset: int

    def read_lines(self) -> list[str]:
        """Return the complete lines that were added; an incomplete line waits for its end."""
        try:
            size = self.path.stat().st_size
            if size < self.offset:  # another file of the same name
                self.offset = 0
            with self.path.open("rb") as file:
                file.seek(self.offset)
                added = file.read()
        except FileNotFoundError:  # somebody deleted it; the other files go on
            self.offset = 0
            return []
        except OSError:  # out of files or memory for a moment: the next look sees more
            return []
        whole = added[: added.rfind(b"\n") + 1]
        self.offset += len(whole)
        return whole.decode(errors="replace").splitlines()


class LogDelivery:
    """One thread for all files."""

    def __init__(self, clients: Clients) -> None:
        self._logs = clients("logs")
        self._files: dict[Path, FollowedFile] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="log-delivery", daemon=True)
        self._thread.start()

    def follow(self, path: Path, group: str, stream: str) -> None:
        """Send lines that are added to a file from now on, unless it is followed already."""
        if path in self._files:
            return
        path.touch()
        exists = self._logs.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists):
            self._logs.create_log_group(logGroupName=group)
        with contextlib.suppress(exists):
            self._logs.create_log_stream(logGroupName=group, logStreamName=stream)
        self._files[path] = FollowedFile(path, group, stream, path.stat().st_size)

    def close(self) -> None:
        """Send the rest, then stop."""
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            self._send_added_lines()
        self._send_added_lines()

    def _send_added_lines(self) -> None:
        for file in list(self._files.values()):
            for batch in batches(file.read_lines(), int(time.time() * 1000)):
                # The group may have been deleted with its stack: then nobody wants to read it.
                with contextlib.suppress(ClientError):
                    self._logs.put_log_events(
                        logGroupName=file.group, logStreamName=file.stream, logEvents=batch
                    )


def batches(lines: list[str], moment: int) -> list[list[dict[str, Any]]]:
    """Split lines into batches of events of that moment, in milliseconds since 1970."""
    full: list[list[dict[str, Any]]] = []
    size = MOST_BYTES
    for line in lines:
        message = line or " "  # CloudWatch Logs refuses an event without text
        weight = len(message.encode()) + OVERHEAD_BYTES
        if size + weight > MOST_BYTES or len(full[-1]) == MOST_EVENTS:
            full.append([])
            size = 0
        full[-1].append({"timestamp": moment, "message": message})
        size += weight
    return full
