"""A job's log in CloudWatch Logs, read with the SageMaker SDK."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest

from operations.errors import OperationError
from operations.logs import LOG_GROUP, SageMakerJob, follow
from tests.integration.operations.conftest import Demo, set_job_status
from tests.support.command_line import main


class Log:
    """Writes what a container would."""

    def __init__(self) -> None:
        self._client: Any = boto3.client("logs")
        self._client.create_log_group(logGroupName=LOG_GROUP)
        self._streams: set[str] = set()

    def write(self, stream: str, *lines: str) -> None:
        if stream not in self._streams:
            self._client.create_log_stream(logGroupName=LOG_GROUP, logStreamName=stream)
            self._streams.add(stream)
        now = int(time.time() * 1000)
        self._client.put_log_events(
            logGroupName=LOG_GROUP,
            logStreamName=stream,
            logEvents=[{"timestamp": now, "message": line} for line in lines],
        )


def test_each_line_is_read_once(demo: Demo):
    log = Log()
    demo.start_job("run-1")
    log.write("run-1/algo-1-1700000000", "epoch 1", "epoch 2")
    log.write("run-10/algo-1-1700000000", "another job's")
    job = SageMakerJob("run-1")

    assert [line.text for line in job.lines()] == ["epoch 1", "epoch 2"]
    log.write("run-1/algo-1-1700000000", "epoch 3")
    assert [line.text for line in job.lines()] == ["epoch 3"]
    assert list(job.lines()) == []


def test_an_interrupted_job_goes_on_in_a_new_stream(demo: Demo):
    log = Log()
    demo.start_job("run-1")
    log.write("run-1/algo-1-1700000000", "epoch 1")
    job = SageMakerJob("run-1")
    assert [line.text for line in job.lines()] == ["epoch 1"]

    log.write("run-1/algo-1-1700000600", "resumed at epoch 2")

    assert [line.text for line in job.lines()] == ["resumed at epoch 2"]


def test_a_job_is_followed_until_it_fails(demo: Demo, monkeypatch: pytest.MonkeyPatch):
    log = Log()
    demo.start_job("run-1")
    log.write("run-1/algo-1-1700000000", "epoch 1")
    moments = iter([lambda: log.write("run-1/algo-1-1700000000", "Traceback"), fail])

    def sleep(_: float) -> None:
        next(moments, lambda: None)()

    monkeypatch.setattr("operations.logs.time.sleep", sleep)

    assert not follow(demo.terminal(), SageMakerJob("run-1"))

    assert demo.text.index("epoch 1") < demo.text.index("Traceback")
    assert demo.text.endswith("The job has ended: Failed. AlgorithmError: no images\n")


def fail() -> None:
    set_job_status("run-1", "Failed", "AlgorithmError: no images")


def test_before_the_first_line_there_is_no_log_group(demo: Demo):
    demo.start_job("run-1")

    assert list(SageMakerJob("run-1").lines()) == []


def test_an_unknown_run_is_an_error(demo: Demo):
    with pytest.raises(OperationError, match="There is no training job run-9 here"):
        SageMakerJob("run-9")


def test_the_newest_run_is_followed_when_none_is_named(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("operations.logs.time.sleep", lambda _: None)
    name = f"{demo.stack.job_prefix}aaaa-1"
    demo.start_job(name)
    set_job_status(name, "Completed")

    assert main(["logs", "--stack", "demo"]) == 0

    assert f"Training job {name}" in capfd.readouterr().out


def test_without_a_run_it_says_so(demo: Demo, capfd: pytest.CaptureFixture[str]):
    assert main(["logs", "--stack", "demo"]) == 1

    assert "demo has started no training job yet" in capfd.readouterr().err
