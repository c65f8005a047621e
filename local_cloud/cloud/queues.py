"""Feeds queues to functions as Lambda's event source mappings do: batches, windows, retries."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.cloud.arns import REGION, last_part
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, delivery_failure
from local_cloud.cloud.functions import Functions

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONG_POLL_SECONDS = 1  # AWS polls for 20; closing the cloud has to wait for it
MOST_PER_REQUEST = 10  # SQS's limit for receiving and for deleting
DEFAULT_CONCURRENCY = 5  # AWS's value at the start


class QueueFeed:
    """One event source mapping: one thread collects batches, others run the function."""

    def __init__(
        self,
        clients: Clients,
        functions: Functions,
        events: EventLog,
        mapping: EventSourceMappingConfigurationTypeDef,
    ) -> None:
        self._sqs = clients("sqs")
        self._functions = functions
        self._events = events
        self._function = mapping["FunctionArn"]
        self._source = mapping["EventSourceArn"]
        self._url = self._sqs.get_queue_url(QueueName=last_part(self._source))["QueueUrl"]
        self._size = mapping.get("BatchSize", 10)
        self._window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        self._partial = "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", [])
        limit = (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency")
        self._slots = threading.BoundedSemaphore(limit or DEFAULT_CONCURRENCY)
        self._workers = ThreadPoolExecutor(limit or DEFAULT_CONCURRENCY, "queue-batch")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="queue-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Receive nothing more; returns at once."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, and wait for the thread and the batches in progress."""
        self.stop()
        self._thread.join()
        self._workers.shutdown()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._slots.acquire()  # before receiving, so that no received message has to wait
            try:
                batch = self._receive_batch()
            except (ClientError, BotoCoreError, OSError) as error:
                self._events.add(delivery_failure(self._source, self._function, error))
                self._stopping.wait(1)
                batch = []
            if batch:
                self._workers.submit(self._run, batch).add_done_callback(
                    lambda _done: self._slots.release()
                )
            else:
                self._slots.release()

    def _receive_batch(self) -> list[MessageTypeDef]:
        """Receive until the batch is full or its window, open since the first message, closes."""
        batch: list[MessageTypeDef] = []
        closes = 0.0
        while not self._stopping.is_set():
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(MOST_PER_REQUEST, self._size - len(batch)),
                WaitTimeSeconds=0 if batch else LONG_POLL_SECONDS,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            received = answer.get("Messages", [])
            if received and not batch:
                closes = time.monotonic() + self._window
            batch += received
            if len(batch) >= self._size or (batch and time.monotonic() >= closes):
                break
            if batch and len(received) < MOST_PER_REQUEST:
                self._stopping.wait(0.1)  # let more arrive: one request per message is slow
        return batch

    def _run(self, batch: list[MessageTypeDef]) -> None:
        try:
            event = {"Records": [self._record(message) for message in batch]}
            payload = json.dumps(event).encode()
            outcome = self._functions.invoke(self._function, payload, "queue")
            if outcome.status == "ok":
                ids = {message["MessageId"] for message in batch}
                failed = failed_items(outcome.answer, ids) if self._partial else set()
                self._delete([message for message in batch if message["MessageId"] not in failed])
        except Exception as error:
            # The messages come back when their visibility timeout ends, as with Lambda.
            if not self._stopping.is_set():
                self._events.add(delivery_failure(self._source, self._function, error))

    def _delete(self, messages: list[MessageTypeDef]) -> None:
        for start in range(0, len(messages), MOST_PER_REQUEST):
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages[start : start + MOST_PER_REQUEST])
                ],
            )

    def _record(self, message: MessageTypeDef) -> dict[str, Any]:
        """Return a message in the form that its handler receives.

        https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
        """
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {"stringValue": value.get("StringValue"), "dataType": value["DataType"]}
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source,
            "awsRegion": REGION,
        }


def failed_items(answer: Any, batch: set[str]) -> set[str]:
    """Return the failed messages of a batch; an answer that Lambda can't read fails all of them.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if not answer:
        return set()
    try:
        failed = {item["itemIdentifier"] for item in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return batch
    return failed if failed <= batch else batch


@dataclass(eq=False)
class QueueFeeds:
    """The feeds of all event source mappings."""

    _clients: Clients
    _functions: Functions
    _events: EventLog
    _feeds: list[QueueFeed] = field(default_factory=list)

    def refresh(self) -> None:
        """Start again with the current mappings."""
        self.close()
        for page in self._clients("lambda").get_paginator("list_event_source_mappings").paginate():
            for mapping in page["EventSourceMappings"]:
                if mapping.get("State") != "Disabled":
                    feed = QueueFeed(self._clients, self._functions, self._events, mapping)
                    self._feeds.append(feed)

    def stop(self) -> None:
        """Let no feed receive anything more; returns at once."""
        for feed in self._feeds:
            feed.stop()

    def close(self) -> None:
        """Stop every feed and wait for the batches in progress."""
        self.stop()
        for feed in self._feeds:
            feed.close()
        self._feeds = []
