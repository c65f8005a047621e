"""What a drop comes to in the end: the same, however often something died on the way."""

from __future__ import annotations

import json
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from local_cloud.cloud.arns import ACCOUNT, REGION
from tests.end_to_end.conftest import Chain

# What each function answers for one drop: the job's end asks the split for more once.
ANSWERS = {"Split": 2, "Launch": 2, "Plot": 1}
# Bytes that do not depend on when they were written.
TIMELESS = ("raw/", "splits/", "datasets/", "code/")
# Records that hold times, beside what must be the same.
TIMED = ("splits/newest.json", "/launched.json")
TIMES = ("listed_at", "asked_at")
RESULTS = ("history.json", "predictions.csv", "config.json", "accuracy.png", "loss.png")


class Drops:
    """Makes the same drop again and again on one stack, each time as if it were the first."""

    def __init__(self, chain: Chain, size: int = 6) -> None:
        self._chain = chain
        self._size = size
        sqs, sns = chain.cloud.client("sqs"), chain.cloud.client("sns")
        self._mail = sqs.create_queue(QueueName="mail")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._mail, AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=chain.resources["Topic"],
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
        )

    def run(self) -> dict[str, Any]:
        """Drop, wait until everything is settled, and return the outcome.

        The job ends after the launch does, as in AWS, where no job is shorter than a retry.
        """
        self._forget()
        chain = self._chain
        before = {name: len(chain.answers(name)) for name in ANSWERS}
        hold = chain.control / "hold"
        hold.touch()
        chain.drop_classes(self._size)
        chain.ready()
        chain.await_answers("Launch", before["Launch"] + 1)
        hold.unlink()
        for name, count in ANSWERS.items():
            chain.await_answers(name, before[name] + count)
        return outcome(chain) | {"notifications": self._count_mail()}

    def _forget(self) -> None:
        chain = self._chain
        versions = chain.s3.get_paginator("list_object_versions").paginate(Bucket=chain.bucket)
        for page in versions:
            for item in page.get("Versions", []) + page.get("DeleteMarkers", []):
                chain.s3.delete_object(
                    Bucket=chain.bucket, Key=item["Key"], VersionId=item["VersionId"]
                )
        sagemaker_backends[ACCOUNT][REGION].training_jobs.clear()
        self._count_mail()

    def _count_mail(self) -> int:
        sqs = self._chain.cloud.client("sqs")
        count = 0
        while messages := sqs.receive_message(QueueUrl=self._mail, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                sqs.delete_message(QueueUrl=self._mail, ReceiptHandle=message["ReceiptHandle"])
            count += len(messages)
        return count


def outcome(chain: Chain) -> dict[str, Any]:
    """Return what is in the bucket, the jobs, and what could not be handled."""
    listed = chain.s3.get_paginator("list_objects_v2").paginate(Bucket=chain.bucket)
    etags = {item["Key"]: item["ETag"] for page in listed for item in page["Contents"]}
    board = chain.status()
    return {
        "keys": sorted(etags),
        "contents": {
            key: etag
            for key, etag in etags.items()
            if (key.startswith(TIMELESS) or is_result(key)) and not key.endswith(TIMED)
        },
        "records": {key: without_times(chain, key) for key in etags if key.endswith(TIMED)},
        "locks": {key: state_of(chain, key) for key in etags if key.startswith("locks/")},
        "states": (board["drop"]["state"], board["run"]["state"]),
        "jobs": chain.jobs(),
        "undelivered": chain.undelivered(),
        "schedules": chain.schedules(),
        # A launch that died after it made one makes another, for a later time.
        "watches": {name.rpartition("-")[0] for name in chain.schedules("watch-")},
    }


def is_result(key: str) -> bool:
    """Whether a key is one of a run's results."""
    return key.startswith("runs/") and key.endswith(RESULTS)


def without_times(chain: Chain, key: str) -> dict[str, Any]:
    """Return what a record says but for when."""
    body = chain.s3.get_object(Bucket=chain.bucket, Key=key)["Body"].read()
    return {name: value for name, value in json.loads(body).items() if name not in TIMES}


def state_of(chain: Chain, lock: str) -> str:
    """Return what a claim says of itself: held, done or free."""
    body = chain.s3.get_object(Bucket=chain.bucket, Key=lock)["Body"].read()
    return str(json.loads(body)["state"])
