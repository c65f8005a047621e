"""A bucket, a topic whose messages can be read, and the handler as Lambda calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common import keys, s3, sagemaker, settings, sns
from common.observability import metrics
from plot import publish
from plot.analysis import Analysis
from plot.figures.collection import Drawing
from plot.handler import handle
from tests.support.archives import output_archive
from tests.support.context import LambdaContext
from tests.support.jobs import RUN

BUCKET = "droptrain-bucket-1a2b3c4d5e6f"


@cache
def client(service: str) -> Any:
    """Making a client takes a tenth of a second; moto empties what is behind it for each test."""
    return boto3.client(service)  # type: ignore[call-overload]


CLIENTS = (s3.s3_client, sns.sns_client, sagemaker.sagemaker_client, client)


class Stack:
    """The parts of the stack that plot touches."""

    def __init__(self, queue_url: str) -> None:
        self.s3 = client("s3")
        self._sqs = client("sqs")
        self._queue_url = queue_url

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def put_archive(self, body: bytes | None = None) -> None:
        self.put(keys.run_output_archive(RUN), output_archive() if body is None else body)

    def get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def status(self) -> dict[str, Any]:
        board: dict[str, Any] = json.loads(self.get(keys.STATUS_JSON))
        return board

    def versions(self) -> dict[str, tuple[str, object]]:
        """Tell each key with its ETag and time, to see what a second event changed."""
        listed = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {item["Key"]: (item["ETag"], item["LastModified"]) for item in listed}

    def messages(self) -> list[dict[str, str]]:
        """Take the notifications that were published since the last call."""
        answer = self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture(scope="package", autouse=True)
def clients() -> Iterator[None]:
    """Keep the clients for all tests of this folder, and for no other."""
    for cached in CLIENTS:
        cached.cache_clear()
    yield
    for cached in CLIENTS:
        cached.cache_clear()


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "BUCKET": BUCKET,
    }.items():
        monkeypatch.setenv(name, value)
    # Powertools reads its environment when it is imported, the template's values are too late here.
    monkeypatch.setattr(metrics.provider, "namespace", "droptrain")
    monkeypatch.setattr(metrics.provider, "service", "plot")
    settings.load.cache_clear()
    with mock_aws():
        client("s3").create_bucket(Bucket=BUCKET)
        topic = client("sns").create_topic(Name="droptrain")["TopicArn"]
        queue = client("sqs").create_queue(QueueName="reader")["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:123456789012:reader"
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        monkeypatch.setenv("TOPIC_ARN", topic)
        monkeypatch.setenv("MAXIMUM_MISS_RATE", "0.05")
        monkeypatch.setenv("MINIMUM_MACRO_F1", "0")
        monkeypatch.setenv("PROMOTE_WHEN_UNDECIDED", "true")
        yield Stack(queue)
    settings.load.cache_clear()


@pytest.fixture(autouse=True)
def pencil(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Plots are not drawn, that takes seconds; call the answer to draw them after all."""
    plots_of = publish.plots_of

    def undrawn(analysis: Analysis) -> dict[str, Drawing]:
        return dict.fromkeys(plots_of(analysis), lambda caption: b"a plot")

    monkeypatch.setattr(publish, "plots_of", undrawn)
    return lambda: monkeypatch.setattr(publish, "plots_of", plots_of)


@pytest.fixture
def plot(stack: Stack) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Call the handler with an event."""

    def call(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = handle(event, LambdaContext())
        return answer

    return call
