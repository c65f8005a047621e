"""An image uploaded in parts is recognised by its content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common import keys
from common.s3 import Bucket
from split import multipart
from split.drop import reasons
from split.handler import handle
from tests.support.aws import BUCKET, Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings

DROP = {"good": 12, "oil": 12}


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)


def call() -> dict[str, Any]:
    return handle(load_event("scheduler/ready"), LambdaContext())


def rows(aws: Stack, dataset: str) -> dict[str, dict[str, Any]]:
    lines = aws.get(keys.manifest(dataset)).splitlines()
    return {row["key"]: row for row in map(json.loads, lines)}


def test_whole_and_in_parts_it_is_one_content_of_a_class(aws: Stack):
    aws.put_images(DROP)
    aws.put_in_parts("raw/good/again.png", png("good/3.png"))

    answer = call()

    assert answer["status"] == "ready"
    assert answer["train_images"] + answer["validation_images"] == 24
    assert rows(aws, answer["dataset"])["raw/good/again.png"]["left_out"] == reasons.DUPLICATE
    assert call()["dataset"] == answer["dataset"]


def test_in_two_classes_it_is_left_out_of_both(aws: Stack):
    aws.put_images(DROP)
    aws.put_in_parts("raw/oil/again.png", png("good/3.png"))

    listed = rows(aws, call()["dataset"])

    assert listed["raw/oil/again.png"]["left_out"] == reasons.TWO_CLASSES
    assert listed["raw/good/3.png"]["left_out"] == reasons.TWO_CLASSES


@pytest.mark.parametrize("first_in_parts", [True, False])
def test_uploaded_again_in_the_other_way_it_is_the_same_dataset(aws: Stack, first_in_parts: bool):
    aws.put_images(DROP)
    ways = [aws.put, aws.put_in_parts]
    if first_in_parts:
        ways.reverse()
    for number in range(6):
        ways[0](f"raw/oil/{number}.png", png(f"oil/{number}.png"))
    first = call()
    before = {key: row["side"] for key, row in rows(aws, first["dataset"]).items()}
    for number in range(6):
        ways[1](f"raw/oil/{number}.png", png(f"oil/{number}.png"))

    again = call()

    assert again["dataset"] == first["dataset"]
    assert {key: row["side"] for key, row in rows(aws, again["dataset"]).items()} == before


def test_without_parts_nothing_is_remembered(aws: Stack):
    aws.put_images(DROP)

    call()

    assert keys.PARTS not in aws.keys("splits/")


def test_other_parts_have_the_name_that_came_first(aws: Stack):
    bucket = Bucket(BUCKET)

    assert not multipart.record_contents(bucket, {"9-aa-2": "9-md5"}, set())
    assert multipart.record_contents(bucket, {"9-bb-3": "9-md5"}, set())

    assert multipart.known_contents(bucket) == {"9-md5": "9-aa-2", "9-bb-3": "9-aa-2"}


def test_two_uploads_in_parts_of_one_drop_get_one_name(aws: Stack):
    bucket = Bucket(BUCKET)

    assert multipart.record_contents(bucket, {"9-bb-3": "9-md5", "9-aa-2": "9-md5"}, set())

    assert multipart.known_contents(bucket) == {"9-md5": "9-aa-2", "9-bb-3": "9-aa-2"}
