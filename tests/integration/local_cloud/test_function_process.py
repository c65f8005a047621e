"""A function's process, without a cloud around it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_cloud.cloud.function_process import FunctionProcess
from local_cloud.cloud.processes import Processes

SLOW_TO_IMPORT = """
import time
time.sleep(0.5)
imported_at = time.time()
def handle(event, context):
    seconds_left = context.get_remaining_time_in_millis() / 1000
    return [imported_at, time.time() + seconds_left]
"""


Start = Callable[[str], FunctionProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a function of this code."""
    processes = Processes()

    def start_function(code: str) -> FunctionProcess:
        (tmp_path / "function.py").write_text(code)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path),
            "_HANDLER": "function.handle",
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "group",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        }
        return FunctionProcess(processes, environment, tmp_path, tmp_path / "log")

    yield start_function
    processes.close()


def test_importing_the_handler_counts_for_no_timeout(start: Start) -> None:
    imported_at, ends_at = start(SLOW_TO_IMPORT).call("id", "arn", {}, 60).answer

    assert ends_at - imported_at > 60 - 0.01  # what is left is told in milliseconds


def test_a_process_that_dies_while_it_imports_is_an_error(start: Start) -> None:
    outcome = start("import os\nos._exit(7)\n").call("id", "arn", {}, 60)

    assert outcome.status == "error"
    assert outcome.answer["errorType"] == "Runtime.ExitError"
