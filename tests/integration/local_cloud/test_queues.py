"""Queues feeding functions: batches, failures of single messages, redrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import FunctionEnded
from local_cloud.cloud.server import LocalCloud
from tests.support.waiting import wait_until


def taken_in(cloud: LocalCloud, mark: str) -> list[list[str]]:
    """The batches so far, as the keys that contain `mark`."""
    batches = []
    for record in cloud.events:
        if isinstance(record, FunctionEnded) and record.cause == "queue":
            bodies = [json.loads(event["body"]) for event in record.event["Records"]]
            entries = [entry for body in bodies for entry in body.get("Records", [])]
            keys = [entry["s3"]["object"]["key"] for entry in entries]
            batches.append([key for key in keys if mark in key])
    return [batch for batch in batches if batch]


def set_feed(cloud: LocalCloud, stack: Stack, *, enabled: bool) -> None:
    functions = cloud.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=stack.resources["Intake"])
    [mapping] = mappings["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
    cloud.refresh()


def test_a_burst_arrives_whole_and_in_few_batches(cloud: LocalCloud, stack: Stack) -> None:
    count, s3, bucket = 300, cloud.client("s3"), stack.outputs["BucketName"]
    set_feed(cloud, stack, enabled=False)  # until all are there, however long that takes
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: s3.put_object(Bucket=bucket, Key=f"raw/burst/{number}", Body=b"x"),
                range(count),
            )
        )
    set_feed(cloud, stack, enabled=True)
    wait_until(lambda: sum(map(len, taken_in(cloud, "burst"))) >= count)
    batches = taken_in(cloud, "burst")
    assert len({key for batch in batches for key in batch}) == count
    assert max(map(len, batches)) > 10  # more than SQS gives in one answer
    assert max(map(len, batches)) <= 50  # the template's BatchSize


def test_a_message_that_fails_comes_again_and_ends_in_the_dead_letter_queue(
    cloud: LocalCloud, stack: Stack, messages: Callable[..., list[Any]]
) -> None:
    s3, bucket = cloud.client("s3"), stack.outputs["BucketName"]
    for key in ("raw/poison-1", "raw/wholesome-1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    queue = stack.resources["DropQueue"]
    for number in (1, 2):
        handles = wait_until(lambda times=number: handles_of(cloud, "poison-1", times))
        # What Lambda leaves to the queue's visibility timeout.
        cloud.client("sqs").change_message_visibility(
            QueueUrl=queue, ReceiptHandle=handles[-1], VisibilityTimeout=0
        )
    dead_letters = messages(stack.resources["DropDeadLetterQueue"])
    assert [event["Records"][0]["s3"]["object"]["key"] for event in dead_letters] == [
        "raw/poison-1"
    ]
    assert len(taken_in(cloud, "poison-1")) == 2  # the template's maxReceiveCount
    assert len(taken_in(cloud, "wholesome-1")) == 1


def handles_of(cloud: LocalCloud, mark: str, times: int) -> list[str]:
    """The receipts of a message that was taken in so often, [] before it was."""
    handles = [
        message["receiptHandle"]
        for event in cloud.events
        if isinstance(event, FunctionEnded) and event.cause == "queue"
        for message in event.event["Records"]
        if mark in message["body"]
    ]
    return handles if len(handles) >= times else []


def test_a_handler_gets_lambdas_record(cloud: LocalCloud, stack: Stack) -> None:
    cloud.client("sqs").send_message(
        QueueUrl=stack.resources["DropQueue"],
        MessageBody='{"mark": "record"}',
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}},
    )

    def arrived(record: Any) -> bool:
        return isinstance(record, FunctionEnded) and any(
            event.get("body") == '{"mark": "record"}' for event in record.event.get("Records", [])
        )

    event = cloud.wait_for(arrived).event
    record = next(message for message in event["Records"] if "mark" in message["body"])
    assert set(record) == {
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody",
        "eventSource", "eventSourceARN", "awsRegion",
    }  # fmt: skip
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"] == {"colour": {"stringValue": "red", "dataType": "String"}}
