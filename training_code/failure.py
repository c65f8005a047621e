"""How a job ends early: a failure, explained in one paragraph where SageMaker looks, or SIGTERM."""

import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

_OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError")
_SHOWN_BY_SAGEMAKER = 1024  # characters of the failure file that become FailureReason
EXIT_CODE = 128 + signal.SIGTERM  # as a shell reports it: a stopped job is not a completed one


class JobError(Exception):
    """When the job can't continue for a reason that the user can fix."""


def paragraph(error: Exception) -> str:
    """Explain in one paragraph what ended the job, for someone who hasn't read the code."""
    if isinstance(error, JobError):
        return str(error)
    if type(error).__name__ in _OUT_OF_MEMORY:
        return (
            "The machine ran out of memory. Lower batch-size or image-size, or choose an instance "
            f"type with more memory. ({type(error).__name__})"
        )
    last_call = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" in {Path(call.filename).name}, line {call.lineno}" for call in last_call)
    message = " ".join(str(error).split())
    return f"Training failed unexpectedly: {type(error).__name__}: {message}{place}."


def report(error: Exception, failure_file: Path) -> None:
    """Write the paragraph to the failure file and standard error; unexpected errors with traceback.

    The first 1024 characters of the file become the FailureReason of the training job:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-signal-success-failure.html
    """
    text = paragraph(error)
    if not isinstance(error, JobError):
        traceback.print_exception(error)
    print(text, file=sys.stderr, flush=True)
    try:
        failure_file.parent.mkdir(parents=True, exist_ok=True)
        failure_file.write_text(text[:_SHOWN_BY_SAGEMAKER] + "\n", "utf-8", "backslashreplace")
    except OSError as unwritable:
        print(f"{failure_file} cannot be written: {unwritable}", file=sys.stderr, flush=True)


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
