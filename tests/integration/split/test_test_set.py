"""The sealed test set beside a drop: copied, listed, never on a side, and no reason for a run."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from common import keys
from common.s3 import Bucket
from common.splits import LaunchedRun, write_launched_run
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
    aws.put_images(DROP)


def split(kind: str = "ready") -> dict[str, Any]:
    return handle(load_event(f"scheduler/{kind}"), LambdaContext())


def put_tested(aws: Stack, *names: str) -> None:
    for name in names:
        aws.put(f"test/{name}", png(name))


def rows(aws: Stack, dataset: str) -> dict[str, dict[str, Any]]:
    lines = aws.get(keys.manifest(dataset)).splitlines()
    return {row["key"]: row for row in map(json.loads, lines)}


def test_its_images_are_copied_and_on_no_side(aws: Stack):
    put_tested(aws, "good/new 1.png", "oil/new 2.png")

    answer = split()

    assert (answer["train_images"], answer["validation_images"]) == (20, 4)
    assert answer["test_images"] == 2
    listed = rows(aws, answer["dataset"])
    assert Counter(row["side"] for row in listed.values()) == {
        "train": 20,
        "validation": 4,
        "test": 2,
    }
    for key in ("test/good/new 1.png", "test/oil/new 2.png"):
        assert aws.get(listed[key]["copy"]) == aws.get(key)
    assert sorted(aws.keys("datasets/test/")) == sorted(
        row["copy"] for row in listed.values() if row["side"] == "test"
    )
    verdict = aws.get_json(keys.verdict(answer["dataset"]))
    assert verdict["test_images"] == {"good": 1, "oil": 1}


def test_it_is_no_reason_to_train_again(aws: Stack):
    dataset = split("window")["dataset"]
    write_launched_run(Bucket(BUCKET), LaunchedRun(run="run", dataset=dataset))

    put_tested(aws, "good/new 1.png", "oil/new 2.png")

    assert (again := split("window"))["status"] == "unchanged"
    assert again["dataset"] == dataset
    assert split("daily")["status"] == "unchanged"


def test_an_image_of_the_drop_is_left_out_and_named(aws: Stack):
    before = split()["dataset"]
    put_tested(aws, "good/new 1.png")
    aws.put("test/oil/seen.png", png("oil/3.png"))

    answer = split()

    assert answer["dataset"] != before
    assert answer["train_images"] + answer["validation_images"] == 23
    row = rows(aws, answer["dataset"])["raw/oil/3.png"]
    assert (row["left_out"], row["detail"]) == (reasons.IN_TEST_SET, "test/oil/seen.png")
    named = [text for text in aws.status()["drop"]["warnings"] if "raw/oil/3.png" in text]
    assert len(named) == 1


@pytest.mark.parametrize("tested_in_parts", [True, False])
def test_an_image_is_recognised_however_it_was_uploaded(aws: Stack, tested_in_parts: bool):
    put_tested(aws, "good/new 1.png")
    if tested_in_parts:
        aws.put_in_parts("test/oil/seen.png", png("oil/3.png"))
    else:
        aws.put_in_parts("raw/oil/parts.png", png("oil/parts.png"))
        aws.put("test/oil/seen.png", png("oil/parts.png"))

    answer = split()

    left_out = [key for key, row in rows(aws, answer["dataset"]).items() if "left_out" in row]
    assert left_out == ["raw/oil/3.png" if tested_in_parts else "raw/oil/parts.png"]
    assert answer["test_images"] == 2


def test_a_drop_that_is_all_in_the_test_set_is_refused_and_says_so(aws: Stack):
    for name, size in DROP.items():
        put_tested(aws, *(f"{name}/{number}.png" for number in range(size)))

    assert split()["status"] == "refused"

    assert reasons.IN_TEST_SET in aws.status()["drop"]["sentence"]
    assert aws.keys("datasets/") == []


def test_a_damaged_name_or_a_folder_marker_stops_nothing(aws: Stack):
    put_tested(aws, "good/new 1.png", "good//odd.png", "dent/1.png")
    aws.put("test/oil/")
    aws.put("test/notes.txt", b"notes")

    answer = split()

    assert answer["test_images"] == 2
    listed = rows(aws, answer["dataset"])
    assert listed["test/dent/1.png"]["left_out"] == reasons.NO_SUCH_CLASS
    assert listed["test/oil/"]["left_out"] == reasons.FOLDER
