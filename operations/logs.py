"""`droptrain logs`: follows a training job's log until the job has ended.

The `sagemaker` SDK has the job (`TrainingJob`) and a reader of one log stream. Its own
`wait(logs=True)` prints in a frame, looks for new streams only once, and stops reading at the
moment the job ends; but an interrupted spot job continues in a new stream, and the last lines
arrive some seconds after the end.
"""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from operations.errors import OperationError
from operations.terminal import Terminal

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
ENDED = frozenset({"Completed", "Failed", "Stopped"})
POLL_SECONDS = 5.0
# After the job has ended, reading stops when so many rounds in a row bring no line.
LAST_ROUNDS = 2


class LogLine(NamedTuple):
    """One line of a log and when the container wrote it."""

    at: dt.datetime
    text: str


class JobStep(NamedTuple):
    """A stage of a job: `Starting`, `Downloading`, `Training`, … with SageMaker's message."""

    at: dt.datetime
    name: str
    message: str


class SageMakerJob:
    """A training job, through the SDK."""

    def __init__(self, name: str) -> None:
        # Imported here: the SDK takes seconds, and no other command needs it.
        with warnings.catch_warnings():
            # Python warns of escapes in its docstrings while it compiles them.
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                from sagemaker.core.resources import TrainingJob
                from sagemaker.core.utils.logs import CloudWatchLogsClient, LogStreamHandler
            except ModuleNotFoundError as error:  # `make run` does without it
                raise OperationError(
                    f"{error}: `make build` installs the SageMaker SDK, which this command needs."
                ) from error

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
        """SageMaker's status."""
        return str(self._job.training_job_status)

    @property
    def failure_reason(self) -> str | None:
        """Why it failed, if it did."""
        return _text(self._job.failure_reason)

    def refresh(self) -> list[JobStep]:
        """Poll SageMaker; return the job's steps so far."""
        self._job.refresh()
        transitions = self._job.secondary_status_transitions
        return [
            JobStep(item.start_time, str(item.status), _text(item.status_message) or "")
            for item in (transitions if isinstance(transitions, list) else [])
        ]

    def lines(self) -> Iterator[LogLine]:
        """Yield the new lines of every stream; an interrupted job has several."""
        for name in self._stream_names():
            if name not in self._streams:
                self._streams[name] = self._stream_handler(LOG_GROUP, name, len(self._streams))
            for _, event in self._streams[name].get_latest_log_events():
                at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
                yield LogLine(at, event["message"])

    def _stream_names(self) -> list[str]:
        pages = self._logs.get_paginator("describe_log_streams").paginate(
            logGroupName=LOG_GROUP, logStreamNamePrefix=f"{self._name}/"
        )
        try:
            return [item["logStreamName"] for page in pages for item in page["logStreams"]]
        except self._logs.exceptions.ResourceNotFoundException:
            return []  # an account's first job creates the group with its first line


def follow(terminal: Terminal, job: SageMakerJob, poll: float = POLL_SECONDS) -> bool:
    """Print steps and lines until the job has ended; return whether it completed.

    `poll` is in seconds.
    """
    printed = count = quiet_rounds = 0
    while True:
        steps = job.refresh()
        for step in steps[printed:]:
            at = step.at.astimezone(dt.UTC)
            terminal.say(f"{at:%H:%M:%S}  [{step.name}] {step.message}".rstrip())
        printed = len(steps)
        # The status before the lines: later lines are read in the next round.
        ended = job.status in ENDED
        before = count
        for line in job.lines():
            terminal.say(f"{line.at:%H:%M:%S}  {line.text}")
            count += 1
        quiet_rounds = quiet_rounds + 1 if ended and count == before else 0
        if quiet_rounds > LAST_ROUNDS or (ended and _long_ago(steps)):
            break
        time.sleep(poll)
    terminal.say(ending(job, count))
    return job.status == "Completed"


def ending(job: SageMakerJob, lines: int) -> str:
    """Write how a job ended."""
    text = f"The job has ended: {job.status}."
    if job.failure_reason:
        text += f" {job.failure_reason}"
    if not lines:
        text += f" It wrote no line to {LOG_GROUP}."
    return text


def _text(value: object) -> str | None:
    """Return a text of the SDK, which has `Unassigned()` where there is none."""
    return value if isinstance(value, str) else None


def _long_ago(steps: list[JobStep]) -> bool:
    """Whether the last step was so long ago that all its lines have arrived."""
    now = dt.datetime.now(dt.UTC)
    return bool(steps) and (now - steps[-1].at).total_seconds() > 120
