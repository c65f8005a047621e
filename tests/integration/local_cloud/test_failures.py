"""What fails in the cloud itself is reported to followers and in a log."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from moto.s3.models import S3Backend

from local_cloud.cloud import resource_policies
from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import CloudFailed, Undelivered, now
from local_cloud.cloud.function_process import FunctionProcess
from local_cloud.cloud.server import LocalCloud

INTERNAL = (ClientError, ResponseParserError)  # botocore cannot always read the server's answer


def no_space(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device", "/full")


@pytest.fixture
def failures(cloud: LocalCloud) -> Iterator[list[CloudFailed]]:
    """What failed in the cloud during the test."""
    failures: list[CloudFailed] = []

    def keep(event: Any) -> None:
        if isinstance(event, CloudFailed):
            failures.append(event)

    unsubscribe = cloud.subscribe(keep)
    yield failures
    unsubscribe()


def wait_for_failure(cloud: LocalCloud, failures: list[CloudFailed]) -> CloudFailed:
    cloud.wait_for(lambda _: bool(failures), 20)
    return failures[0]


def test_an_error_of_the_server(
    cloud: LocalCloud,
    failures: list[CloudFailed],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(S3Backend, "list_buckets", no_space)

    with pytest.raises(INTERNAL, match="Internal Server Error"):
        cloud.client("s3").list_buckets()

    assert "/full: No space left on device. Free some space" in failures[0].sentence
    assert cloud.failure
    assert "Traceback" in (cloud.workdir / "logs" / "server.log").read_text()
    assert "Traceback" not in capfd.readouterr().err


def test_an_error_of_the_server_whose_log_cannot_be_written(
    cloud: LocalCloud, failures: list[CloudFailed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Backend, "list_buckets", no_space)
    opened = Path.open

    def no_space_for_it(path: Path, *arguments: Any, **options: Any) -> Any:
        # The cloud's other threads go on with their own files.
        return (no_space if path.name == "server.log" else opened)(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", no_space_for_it)

    with pytest.raises(INTERNAL, match="Internal Server Error"):
        cloud.client("s3").list_buckets()

    assert failures


def test_a_function_s_log_that_cannot_be_written(
    cloud: LocalCloud, stack: Stack, failures: list[CloudFailed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FunctionProcess, "_write", no_space)

    cloud.client("lambda").invoke(
        FunctionName=stack.resources["Split"], InvocationType="Event", Payload=b"{}"
    )

    assert "No space left on device" in wait_for_failure(cloud, failures).reason


def test_a_rule_s_event_that_cannot_be_delivered(
    cloud: LocalCloud, stack: Stack, failures: list[CloudFailed], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry: Any = {"Source": "toy.unpermitted", "DetailType": "test", "Detail": json.dumps({})}
    with monkeypatch.context() as patched:
        patched.setattr(resource_policies, "may_invoke", no_space)
        patched.setattr(resource_policies, "may_send", no_space)
        cloud.client("events").put_events(Entries=[entry])
        assert "No space left on device" in wait_for_failure(cloud, failures).reason

    moment = now()
    cloud.client("events").put_events(Entries=[entry])  # the next is looked at as ever
    cloud.wait_for(lambda event: isinstance(event, Undelivered) and event.at > moment, 20)
    assert len(failures) == 1
