"""The stack's resources on a moto server: obstore speaks HTTP of its own, so must the server."""

from __future__ import annotations

import json
from typing import Any

import boto3

from common import keys

BUCKET = "droptrain-bucket-1a2b3c4d5e6f"
GROUP = "droptrain-schedules"
ACCOUNT = "123456789012"
REGION = "us-east-1"


class Stack:
    """A bucket, a topic whose messages can be read, a schedule group."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.sqs = boto3.client("sqs")
        self.scheduler = boto3.client("scheduler")
        self.sagemaker = boto3.client("sagemaker")
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.scheduler.create_schedule_group(Name=GROUP)
        self.topic_arn = boto3.client("sns").create_topic(Name="droptrain")["TopicArn"]
        self._reader = self.sqs.create_queue(QueueName="reader")["QueueUrl"]
        boto3.client("sns").subscribe(
            TopicArn=self.topic_arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:reader",
        )

    def put(self, key: str, body: bytes = b"", storage_class: str = "STANDARD") -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, StorageClass=storage_class)

    def put_in_parts(self, key: str, body: bytes) -> None:
        """Upload as a large file is: the ETag isn't the MD5 of the body."""
        upload = self.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        whole = {"Bucket": BUCKET, "Key": key, "UploadId": upload}
        etag = self.s3.upload_part(**whole, PartNumber=1, Body=body)["ETag"]
        parts = [{"PartNumber": 1, "ETag": etag}]
        self.s3.complete_multipart_upload(**whole, MultipartUpload={"Parts": parts})

    def put_images(self, sizes: dict[str, int], prefix: str = "") -> None:
        """Drop so many images into each class; `prefix` makes other images under other names."""
        for class_name, size in sizes.items():
            for number in range(size):
                name = f"{prefix}{number}.png"
                self.put(f"raw/{class_name}/{name}", png(f"{class_name}/{name}"))

    def get(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def get_json(self, key: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.get(key))
        return document

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def status(self) -> dict[str, Any]:
        return self.get_json(keys.STATUS_JSON)

    def messages(self) -> list[dict[str, str]]:
        """Take the notifications that were published since the last call."""
        rows = []
        while answer := self.sqs.receive_message(QueueUrl=self._reader, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in answer:
                rows.append(json.loads(message["Body"]))
                self.sqs.delete_message(
                    QueueUrl=self._reader, ReceiptHandle=message["ReceiptHandle"]
                )
        return rows

    def schedules(self) -> dict[str, dict[str, Any]]:
        """Return what each pending schedule would send, by name."""
        listed = self.scheduler.list_schedules(GroupName=GROUP)["Schedules"]
        return {
            item["Name"]: json.loads(
                self.scheduler.get_schedule(GroupName=GROUP, Name=item["Name"])["Target"]["Input"]
            )
            for item in listed
        }

    def add_schedule(self, name: str) -> None:
        self.scheduler.create_schedule(
            GroupName=GROUP,
            Name=name,
            ScheduleExpression="at(2030-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:lambda:x", "RoleArn": "arn:aws:iam::1:role/x", "Input": "{}"},
        )


def png(text: str) -> bytes:
    """Make bytes that begin as a PNG does and hold `text`."""
    return b"\x89PNG\r\n\x1a\n" + text.encode()
