"""One warm process of one function, and the messages exchanged with it."""

from __future__ import annotations

import json
import math
import multiprocessing
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from local_cloud.cloud.processes import Processes, kill, peak_megabytes

WORKER = Path(__file__).with_name("function_worker.py")
# Lambda gives ten seconds, on machines of its own.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
IMPORT_SECONDS = 300.0


@dataclass(frozen=True)
class InvocationOutcome:
    """The result of one invocation."""

    request_id: str
    status: Literal["ok", "error", "timeout"]
    answer: Any  # the handler's answer, or Lambda's description of the error

    @property
    def error(self) -> str:
        """The error in one line, "" if there is none."""
        if self.status == "ok":
            return ""
        return f"{self.answer['errorType']}: {self.answer['errorMessage']}"


class FunctionProcess:
    """A worker process; it serves one event at a time and is killed at its timeout."""

    def __init__(
        self, processes: Processes, environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self._log = log
        self._is_ready = False
        self._memory = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self._connection, theirs = multiprocessing.Pipe()
        with theirs, log.open("ab") as output:
            # -S: only the packages on the function's import path, not those installed here.
            command = [sys.executable, "-P", "-s", "-S", str(WORKER), str(theirs.fileno())]
            self._process = processes.start(
                command, environment, folder, output, pass_fds=(theirs.fileno(),)
            )

    def alive(self) -> bool:
        """Whether the process can serve another event."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        kill(self._process)
        self._connection.close()

    def call(self, request_id: str, arn: str, event: Any, timeout: float) -> InvocationOutcome:
        """Let the handler work on an event for at most `timeout` seconds."""
        self._write(f"START RequestId: {request_id} Version: $LATEST")
        start = time.monotonic()
        try:
            self._wait_for_import()
            start = time.monotonic()
            deadline = time.time() + timeout
            request = {"id": request_id, "arn": arn, "event": event, "deadline": deadline}
            self._connection.send_bytes(json.dumps(request).encode())
            if self._connection.poll(timeout):
                reply = json.loads(self._connection.recv_bytes())
                outcome = self._outcome(request_id, reply)
            else:
                outcome = self._timed_out(request_id, timeout)
        except (EOFError, OSError):
            self.close()
            code = self._process.returncode
            message = f"RequestId: {request_id} Error: Runtime exited with {code}"
            answer = {"errorType": "Runtime.ExitError", "errorMessage": message}
            outcome = InvocationOutcome(request_id, "error", answer)
        milliseconds = (time.monotonic() - start) * 1000
        self._write(f"END RequestId: {request_id}\n{self._report(request_id, milliseconds)}")
        return outcome

    def _wait_for_import(self) -> None:
        """Let a new process import its handler; as in Lambda, its timeout starts after that."""
        if self._is_ready:
            return
        if not self._connection.poll(IMPORT_SECONDS):
            raise TimeoutError(f"no handler was imported within {IMPORT_SECONDS:.0f} seconds")
        self._connection.recv_bytes()
        self._is_ready = True

    def _outcome(self, request_id: str, reply: dict[str, Any]) -> InvocationOutcome:
        if "exits" in reply:  # it could not import its handler: the next event gets a new one
            self.close()
        if "error" in reply:
            return InvocationOutcome(request_id, "error", reply["error"])
        return InvocationOutcome(request_id, "ok", reply["answer"])

    def _timed_out(self, request_id: str, timeout: float) -> InvocationOutcome:
        self.close()
        message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
        self._write(message)
        answer = {"errorType": "Sandbox.Timedout", "errorMessage": message}
        return InvocationOutcome(request_id, "timeout", answer)

    def _report(self, request_id: str, milliseconds: float) -> str:
        """Return Lambda's line on the duration and memory of an invocation.

        https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
        """
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {milliseconds:.2f} ms",
            f"Billed Duration: {math.ceil(milliseconds)} ms",
            f"Memory Size: {self._memory} MB",
        ]
        if peak := peak_megabytes(self._process.pid):
            parts.append(f"Max Memory Used: {peak} MB")
        return "\t".join(parts)

    def _write(self, text: str) -> None:
        with self._log.open("a") as log:
            log.write(text + "\n")
