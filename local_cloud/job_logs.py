"""Puts what training jobs print where SageMaker puts it: into CloudWatch Logs."""

from __future__ import annotations

import contextlib
import threading
from queue import Empty, SimpleQueue
from typing import Any

from local_cloud.clients import Clients
from local_cloud.records import JobLine, Record, Records

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
HOST = "algo-1"  # the one instance of a job
PERIOD_SECONDS = 0.5
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MOST_PER_REQUEST = 10_000


class JobLogs:
    """One stream per job, `<job>/algo-1-<milliseconds of its first line>`, as SageMaker's."""

    def __init__(self, clients: Clients, records: Records) -> None:
        self._logs = clients("logs")
        self._lines: SimpleQueue[JobLine] = SimpleQueue()
        self._streams: dict[str, str] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="job-logs", daemon=True)
        self._thread.start()
        self._unsubscribe = records.subscribe(self._take)

    def close(self) -> None:
        """Write what has come so far, then stop."""
        self._unsubscribe()
        self._stopping.set()
        self._thread.join()

    def _take(self, record: Record) -> None:
        if isinstance(record, JobLine):
            self._lines.put(record)

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        events: dict[str, list[dict[str, Any]]] = {}
        with contextlib.suppress(Empty):
            for _ in range(MOST_PER_REQUEST):
                line = self._lines.get_nowait()
                moment = int(line.at.timestamp() * 1000)
                # CloudWatch Logs refuses an event without a text.
                event = {"timestamp": moment, "message": line.line or " "}
                events.setdefault(line.job, []).append(event)
        for job, lines in events.items():
            self._logs.put_log_events(
                logGroupName=LOG_GROUP,
                logStreamName=self._stream(job, lines[0]["timestamp"]),
                logEvents=lines,
            )

    def _stream(self, job: str, moment: int) -> str:
        if job not in self._streams:
            with contextlib.suppress(self._logs.exceptions.ResourceAlreadyExistsException):
                self._logs.create_log_group(logGroupName=LOG_GROUP)
            self._streams[job] = f"{job}/{HOST}-{moment}"
            self._logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=self._streams[job])
        return self._streams[job]
