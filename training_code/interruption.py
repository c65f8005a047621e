"""Stops a job on request (SIGTERM), at a point where nothing is half done."""

import signal
from types import FrameType

EXIT_CODE = 128 + signal.SIGTERM  # as a shell reports it: a stopped job is not a completed one


class Interrupted(Exception):  # noqa: N818 - a request, not an error
    """When the job has been asked to stop."""


class Interruption:
    """Remembers that SIGTERM arrived; checked between files and between batches.

    SageMaker sends SIGTERM when a job is stopped, its time is up or its spot instance is taken
    back, and SIGKILL 120 seconds later. Process 1 of a container has no default reaction to it:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
    """

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Start listening; call it before anything slow."""
        signal.signal(signal.SIGTERM, self._remember)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True

    def check(self) -> None:
        """Raise Interrupted if SIGTERM has arrived."""
        if self.requested:
            raise Interrupted
