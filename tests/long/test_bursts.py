"""Thousands of uploads and notifications, and drops that change while they are split."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_cloud.cloud.event_log import FunctionEnded
from tests.end_to_end.conftest import Chain
from tests.end_to_end.drops import (
    await_settled,
    await_trained,
    contents,
    labelled,
    launched,
    manifest,
)
from tests.support.aws import png
from tests.support.events import load_event
from tests.support.long_table import Figures
from tests.support.permissions import Request
from tests.support.requests import follow_requests, roles_by_key
from tests.support.waiting import wait_until

MANY = 20_000
CLASSES = ("good", "oil", "scratch", "stain")
# Bytes; what is smaller is looked into by the split, which is another matter.
PHOTOGRAPH = 2100


def test_a_burst_of_20000_uploads_starts_one_job(chain: Chain, figures: Figures):
    chain.deploy(QuietPeriodSeconds="20")
    keys = [f"raw/{name}/{n}.png" for name in CLASSES for n in range(MANY // len(CLASSES))]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: chain.put(key, png(key).ljust(PHOTOGRAPH, b"\0")), keys))
    dataset = await_trained(chain)

    notified = [key for key, _ in notifications(chain)]
    assert set(notified) == set(keys)
    assert len(chain.jobs()) == 1
    assert list(launched(chain)) == [dataset]
    assert len(manifest(chain, dataset)) == len(chain.keys("datasets/")) == MANY
    assert started(chain) == 1
    assert chain.problems() == []
    assert not any(chain.undelivered().values()), chain.problems()
    figures.repetitions += 1
    figures.add("uploads", len(keys))
    figures.add("notifications", len(notified))
    figures.add("copies", MANY)
    figures.check("every upload was notified of")
    figures.check("one job, of all images")
    figures.check("no function failed")


def test_20000_notifications_twice_late_and_out_of_order_start_one_job(
    chain: Chain, figures: Figures
):
    chain.deploy(QuietPeriodSeconds="20")
    chain.drop_classes(20)
    queue = chain.resources["DropQueue"]
    sqs = chain.cloud.client("sqs")
    messages = shuffled_notifications(chain, MANY // 2)
    receipts: list[str] = []
    for start in range(0, len(messages), 10):
        entries = [
            {"Id": str(n), "MessageBody": body}
            for n, body in enumerate(messages[start : start + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        if start % 1000 == 0:  # some fall into the hands of one who lets them come back late
            answer = sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=3600
            )
            receipts += [message["ReceiptHandle"] for message in answer.get("Messages", [])]
    assert receipts
    await_trained(chain)
    before = len(notifications(chain))
    for handle in receipts:
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)

    chain.await_drop("unchanged")
    await_count(chain, before + len(receipts))
    await_no_schedule(chain)

    handled = notifications(chain)
    assert len(handled) >= len(messages) + 40
    assert len(chain.jobs()) == started(chain) == 1
    assert chain.problems() == []
    assert not any(chain.undelivered().values()), chain.problems()
    figures.repetitions += 1
    figures.add("notifications", len(handled))
    figures.add("of them late, after the job", len(receipts))
    figures.check("each sent twice, in random order, with times up to ten minutes old")
    figures.check("one job; what came late changed nothing")


def shuffled_notifications(chain: Chain, count: int) -> list[str]:
    """Return so many notifications, each twice, in random order, of objects present and not."""
    chance = random.Random(0)
    example = json.dumps(load_event("s3/object_created"))
    now = dt.datetime.now(dt.UTC)
    messages = []
    for number in range(count):
        event = json.loads(example)
        record = event["Records"][0]
        there = number % 2 == 0
        record["eventName"] = "ObjectCreated:Put" if there else "ObjectRemoved:Delete"
        record["eventTime"] = (now - dt.timedelta(seconds=chance.uniform(0, 600))).isoformat()
        name = f"{number % 20}.png" if there else f"gone {number}.png".replace(" ", "+")
        record["s3"]["bucket"]["name"] = chain.bucket
        record["s3"]["object"]["key"] = f"raw/good/{name}"
        messages += [json.dumps(event)] * 2
    chance.shuffle(messages)
    return messages


def notifications(chain: Chain) -> list[tuple[str, str]]:
    """Return key and message of each notification that intake has handled."""
    return [
        (change["s3"]["object"]["key"].replace("%2F", "/"), message["messageId"])
        for event in chain.cloud.events
        if isinstance(event, FunctionEnded) and "-IntakeFunction-" in event.function
        for message in event.event["Records"]
        for change in json.loads(message["body"]).get("Records", [])
    ]


def await_count(chain: Chain, count: int) -> None:
    chain.wait_until(lambda: len(notifications(chain)) >= count)


def await_no_schedule(chain: Chain) -> None:
    chain.wait_until(lambda: not chain.schedules())


def started(chain: Chain) -> int:
    """Count the launches that started a job."""
    return sum(answer["outcome"] == "start" for answer in chain.answers("Launch"))


class Meddler:
    """Changes the drop at a given copy of the split, as a user who goes on working does."""

    def __init__(self, chain: Chain, change: Callable[[], None]) -> None:
        self._chain = chain
        self._change = change
        self._copies = 0
        self.at = 0
        self.times = 0

    def arm(self, copy: int) -> None:
        self._copies, self.at = 0, copy

    def __call__(
        self, key: str, request: Request, answer: Callable[[], Iterable[bytes]]
    ) -> Iterable[bytes]:
        copies = request.method == "PUT" and "x-amz-copy-source" in request.headers
        if copies and roles_by_key().get(key) == self._chain.roles["Split"]:
            self._copies += 1
            if self._copies == self.at:
                self._change()
                self.times += 1
        return answer()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_drop_that_changes_while_it_is_split_ends_in_a_job_for_what_is_there(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, figures: Figures, seed: int
):
    chain.deploy(QuietPeriodSeconds="1", MaximumRunsPerDay="1000")
    chance = random.Random(seed)
    serial = iter(range(10**6))

    def change() -> None:
        keys = chance.sample([key for key in chain.keys("raw/") if key != "raw/_READY"], 8)
        for key in keys[:4]:
            chain.s3.delete_object(Bucket=chain.bucket, Key=key)
            figures.add("deletes during a split", 1)
        for key in keys[4:]:
            chain.put(key, png(f"overwritten {next(serial)}"))
            figures.add("overwrites during a split", 1)

    meddler = Meddler(chain, change)
    follow_requests(monkeypatch, meddler)
    for number in range(8):
        meddler.arm(chance.randint(1, 40))
        chain.drop_classes(20, prefix=f"{number} ")
        figures.add("uploads", 40)
        if number % 2:
            chain.ready()
        wait_until(lambda times=number + 1: meddler.times >= times)
        dataset = await_trained(chain)
        copies = contents(chain, "datasets/")
        copied = {copies[row["copy"]] for row in manifest(chain, dataset)}
        assert copied == {content for _, content in labelled(chain)}
        figures.repetitions += 1
    await_settled(chain)

    jobs = chain.jobs()
    assert len({job.split("-")[1] for job in jobs}) == len(jobs) == len(launched(chain))
    assert not any(chain.undelivered().values()), chain.problems()
    figures.add("jobs", len(jobs))
    figures.check("the last job trained exactly what lies under raw/")
    figures.check("one job per distinct dataset")
    figures.check("nothing in a failure queue")
