from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import FunctionEnded
from local_cloud.cloud.server import LocalCloud
from tests.support.waiting import wait_until

TOY = Path(__file__).parent / "toy" / "template.yaml"


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    workdir = tmp_path_factory.mktemp("cloud")
    with LocalCloud(workdir, retry_delays=(0.05,)) as running:
        yield running


@pytest.fixture(scope="package")
def stack(cloud: LocalCloud) -> Stack:
    return cloud.deploy(TOY, {"Greeting": "hi"}, stack_name="toy")


@pytest.fixture
def bucket(cloud: LocalCloud) -> str:
    """A bucket without notifications."""
    name = f"plain-{time.time_ns()}"
    cloud.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def queue(cloud: LocalCloud) -> str:
    """The URL of an empty queue."""
    return cloud.client("sqs").create_queue(QueueName=f"queue-{time.time_ns()}")["QueueUrl"]


@pytest.fixture
def messages(cloud: LocalCloud) -> Callable[..., list[Any]]:
    """Receive and delete JSON messages until `count` that are wanted have come.

    The stack is shared: what another test left in a queue is not wanted.
    """

    def receive(
        url: str, count: int = 1, wanted: Callable[[Any], bool] = lambda body: True
    ) -> list[Any]:
        messages: list[Any] = []
        sqs = cloud.client("sqs")

        def look() -> bool:
            answer = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
            )
            for message in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                body["_attributes"] = message.get("MessageAttributes", {})
                if wanted(body):
                    messages.append(body)
            return len(messages) >= count

        wait_until(look, lambda: messages)
        return messages

    return receive


def ended(function: str, **fields: Any) -> Callable[[Any], bool]:
    """Accept the end of an invocation of the function with this physical name."""

    def accept(event: Any) -> bool:
        return (
            isinstance(event, FunctionEnded)
            and event.function == function
            and all(getattr(event, name) == value for name, value in fields.items())
        )

    return accept
