"""`droptrain logs`: follows a training job's log until the job has ended.

Of the `sagemaker` SDK: the job (`TrainingJob`) and the reader of one log stream. Not its
`wait(logs=True)`: it prints in a frame, looks for new streams only once, and stops reading at the
moment the job ends. A spot job that was interrupted goes on in a new stream, and the last lines
come some seconds after the end.
"""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from operations.errors import OperationError
from operations.terminal import Terminal

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
ENDED = frozenset({"Completed", "Failed", "Stopped"})
POLL_SECONDS = 5.0
# So many looks without a new line, after the job's end, mean that no line will come.
LAST_LOOKS = 2


@dataclass(frozen=True)
class LogLine:
    """One line of a log and when the container wrote it."""

    at: dt.datetime
    text: str


@dataclass(frozen=True)
class JobStep:
    """Where a job stands: `Starting`, `Downloading`, `Training`, ... and SageMaker's words."""

    at: dt.datetime
    name: str
    message: str


class RunningJob(Protocol):
    """A job that is asked again and again."""

    @property
    def status(self) -> str:
        """SageMaker's word for it."""

    @property
    def failure_reason(self) -> str | None:
        """Why it failed, when it did."""

    def refresh(self) -> list[JobStep]:
        """Ask again; return the steps it has taken so far."""

    def lines(self) -> Iterator[LogLine]:
        """Yield the lines that came since the last call."""


class SageMakerJob:
    """A training job as the SDK sees it."""

    def __init__(self, name: str) -> None:
        # Imported here: the SDK takes seconds, and the other commands do without it.
        with warnings.catch_warnings():
            # Its docstrings hold escapes that Python warns of while it compiles them.
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            from sagemaker.core.resources import TrainingJob
            from sagemaker.core.utils.logs import CloudWatchLogsClient, LogStreamHandler

        self._name = name
        self._stream_handler = LogStreamHandler
        self._logs: Any = CloudWatchLogsClient().client
        self._streams: dict[str, Any] = {}
        try:
            self._job: Any = TrainingJob.get(name)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ValidationException":
                raise
            raise OperationError(
                f"There is no training job {name} here. `droptrain status` lists the newest runs."
            ) from error

    @property
    def status(self) -> str:
        """SageMaker's word for it."""
        return str(self._job.training_job_status)

    @property
    def failure_reason(self) -> str | None:
        """Why it failed; the SDK says `Unassigned()` when there is no reason."""
        reason = self._job.failure_reason
        return reason if isinstance(reason, str) else None

    def refresh(self) -> list[JobStep]:
        """Ask SageMaker again; return the steps that the job has taken so far."""
        self._job.refresh()
        taken = self._job.secondary_status_transitions
        if not isinstance(taken, list):
            return []
        return [
            JobStep(
                at=item.start_time,
                name=str(item.status),
                message=item.status_message if isinstance(item.status_message, str) else "",
            )
            for item in taken
        ]

    def lines(self) -> Iterator[LogLine]:
        """Yield new lines of every stream; a job that was interrupted has several."""
        for name in self._stream_names():
            if name not in self._streams:
                self._streams[name] = self._stream_handler(LOG_GROUP, name, len(self._streams))
            for _, event in self._streams[name].get_latest_log_events():
                at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
                yield LogLine(at, event["message"])

    def _stream_names(self) -> list[str]:
        try:
            pages = self._logs.get_paginator("describe_log_streams").paginate(
                logGroupName=LOG_GROUP, logStreamNamePrefix=f"{self._name}/"
            )
            return [item["logStreamName"] for page in pages for item in page["logStreams"]]
        except ClientError as error:
            # The first job of an account makes the group when it writes its first line.
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return []
            raise


def follow(terminal: Terminal, job: RunningJob, poll: float = POLL_SECONDS) -> bool:
    """Print steps and lines until the job has ended; return whether it completed.

    `poll` is in seconds.
    """
    said = count = 0
    quiet_looks = 0
    while True:
        steps = job.refresh()
        for step in steps[said:]:
            terminal.say(
                f"{step.at.astimezone(dt.UTC):%H:%M:%S}  [{step.name}] {step.message}".rstrip()
            )
        said = len(steps)
        # The status before the lines: what is written meanwhile is read in the next round.
        ended = job.status in ENDED
        new = 0
        for line in job.lines():
            terminal.say(f"{line.at:%H:%M:%S}  {line.text}")
            new += 1
        count += new
        quiet_looks = quiet_looks + 1 if ended and not new else 0
        if quiet_looks > LAST_LOOKS or (ended and _long_ago(steps)):
            break
        time.sleep(poll)
    terminal.say(ending(job, count))
    return job.status == "Completed"


def ending(job: RunningJob, lines: int) -> str:
    """Say how a job ended."""
    text = f"The job has ended: {job.status}."
    if job.failure_reason:
        text += f" {job.failure_reason}"
    if not lines:
        text += f" It wrote no line to {LOG_GROUP}."
    return text


def _long_ago(steps: list[JobStep]) -> bool:
    """Whether the last step was so long ago that all its lines have come."""
    now = dt.datetime.now(dt.UTC)
    return bool(steps) and (now - steps[-1].at).total_seconds() > 120
