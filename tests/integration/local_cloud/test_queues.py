"""Queues feeding functions: batches, failures of single messages, redrive."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_cloud.cloud import LocalCloud
from local_cloud.deployment import Stack
from local_cloud.records import FunctionEnded


def taken_in(cloud: LocalCloud, mark: str) -> list[list[str]]:
    """The batches so far, as the keys that contain `mark`."""
    batches = []
    for record in cloud.events:
        if isinstance(record, FunctionEnded) and record.cause == "queue":
            bodies = [json.loads(one["body"]) for one in record.event["Records"]]
            entries = [entry for body in bodies for entry in body.get("Records", [])]
            keys = [entry["s3"]["object"]["key"] for entry in entries]
            batches.append([key for key in keys if mark in key])
    return [batch for batch in batches if batch]


def test_a_burst_arrives_whole_and_in_few_batches(cloud: LocalCloud, stack: Stack) -> None:
    count, s3, bucket = 300, cloud.client("s3"), stack.outputs["BucketName"]
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: s3.put_object(Bucket=bucket, Key=f"raw/burst/{number}", Body=b"x"),
                range(count),
            )
        )
    end = time.monotonic() + 15
    while sum(map(len, taken_in(cloud, "burst"))) < count and time.monotonic() < end:
        time.sleep(0.1)
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
    found = messages(stack.resources["DropDeadLetterQueue"], seconds=20)
    assert [one["Records"][0]["s3"]["object"]["key"] for one in found] == ["raw/poison-1"]
    assert len(taken_in(cloud, "poison-1")) == 2  # the template's maxReceiveCount
    assert len(taken_in(cloud, "wholesome-1")) == 1


def test_a_handler_gets_lambdas_record(cloud: LocalCloud, stack: Stack) -> None:
    cloud.client("sqs").send_message(
        QueueUrl=stack.resources["DropQueue"],
        MessageBody='{"mark": "record"}',
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}},
    )

    def arrived(record: Any) -> bool:
        return isinstance(record, FunctionEnded) and any(
            one.get("body") == '{"mark": "record"}' for one in record.event.get("Records", [])
        )

    event = cloud.wait_for(arrived, timeout=10).event
    record = next(one for one in event["Records"] if "mark" in one["body"])
    assert set(record) == {
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody",
        "eventSource", "eventSourceARN", "awsRegion",
    }  # fmt: skip
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"] == {"colour": {"stringValue": "red", "dataType": "String"}}
