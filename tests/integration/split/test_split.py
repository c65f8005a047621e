"""The split against moto: copies, records, refusals, and being started again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from common import keys
from common.errors import CopyCheckError
from common.windows import window_name
from split import bulk
from split.handler import handle
from split.objects import RawObject
from tests.support.aws import Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event

WINDOW = 1_790_000_000
DROP = {"good": 12, "iron sheet ash": 10}


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MAXIMUM_WAIT_SECONDS": "3600",
        "VALIDATION_SHARE": "0.2",
        "MINIMUM_IMAGES_PER_CLASS": "10",
        "SPLIT_SEED": "0",
    }.items():
        monkeypatch.setenv(name, value)


def call(event: dict[str, Any] | None = None) -> dict[str, Any]:
    return handle(event or window(), LambdaContext())


def window(end: int = WINDOW, triggered_at: str = "2126-11-22T12:00:00Z") -> dict[str, Any]:
    event = load_event("scheduler/window")
    return event | {"window": window_name(end), "triggered_at": triggered_at}


def launched(aws: Stack, dataset: str) -> None:
    aws.put(keys.launched(dataset), b'{"run": "the-run"}')


def test_a_drop_becomes_a_dataset(aws: Stack):
    aws.put_images(DROP)

    answer = call()

    assert answer["status"] == "ready"
    assert answer["classes"] == ["good", "iron sheet ash"]
    assert (answer["train_images"], answer["validation_images"]) == (18, 4)
    for side, count in (("train", 18), ("validation", 4)):
        copies = aws.keys(keys.side(answer["dataset"], side))
        assert len(copies) == count
        assert {copy.split("/")[3] for copy in copies} == set(DROP)


def test_copies_hold_what_was_dropped(aws: Stack):
    aws.put_images(DROP)

    dataset = call()["dataset"]

    rows = [json.loads(line) for line in aws.get(keys.manifest(dataset)).splitlines()]
    assert len(rows) == 22
    for row in rows:
        assert aws.get(row["copy"]) == aws.get(row["key"])


def test_raw_is_left_as_it_was(aws: Stack):
    aws.put_images(DROP)
    before = {key: aws.get(key) for key in aws.keys("raw/")}

    call()

    assert {key: aws.get(key) for key in aws.keys("raw/")} == before


def test_again_is_the_same_answer_and_copies_nothing(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    aws.put_images(DROP)
    first = call()
    copied: list[tuple[str, str]] = []
    monkeypatch.setattr(bulk, "copy_all", lambda _, pairs, __: copied.extend(pairs) or [])

    assert call() == first
    assert copied == []


def test_a_split_that_died_half_way_is_completed(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    aws.put_images(DROP)
    copy_all = bulk.copy_all

    def die_half_way(bucket: str, pairs: list[tuple[str, str]], _: Any) -> None:
        copy_all(bucket, pairs[:7])
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "copy_all", die_half_way)
        with pytest.raises(TimeoutError):
            call()
    answer = call()

    assert answer["status"] == "ready"
    assert len(aws.keys(f"datasets/{answer['dataset']}/")) == 22
    undisturbed = {key: aws.get(key) for key in aws.keys("splits/")}
    assert call() == answer
    assert {key: aws.get(key) for key in aws.keys("splits/")} == undisturbed


def test_a_broken_copy_is_made_again(aws: Stack):
    aws.put_images(DROP)
    dataset = call()["dataset"]
    [first, *_] = aws.keys(f"datasets/{dataset}/")
    good = aws.get(first)
    aws.put(first, b"x" * len(good))

    call()

    assert aws.get(first) == good


def test_other_names_and_junk_are_the_same_dataset_without_second_copies(aws: Stack):
    aws.put_images(DROP)
    first = call()
    copies = aws.keys("datasets/")
    for key in aws.keys("raw/"):
        name = key.replace("raw/", "").split("/")
        aws.put(f"raw/{name[0]}/monday/renamed {name[1]}", aws.get(key))
        aws.s3.delete_object(Bucket="droptrain-bucket-1a2b3c4d5e6f", Key=key)
    aws.put("raw/.DS_Store", b"junk")

    again = call()

    assert again["dataset"] == first["dataset"]
    assert aws.keys("datasets/") == copies


def test_what_was_launched_is_unchanged_for_a_window(aws: Stack):
    aws.put_images(DROP)
    launched(aws, call()["dataset"])

    assert call()["status"] == "unchanged"
    drop = aws.status()["drop"]
    assert drop["state"] == "unchanged"
    assert drop["run"] == "the-run"


def test_the_marker_and_an_ended_job_ask_the_launch_all_the_same(aws: Stack):
    aws.put_images(DROP)
    launched(aws, call()["dataset"])

    ready, ended = call(load_event("scheduler/ready")), call(load_event("sagemaker/job_failed"))

    assert (ready["status"], ready["trigger"]["kind"]) == ("ready", "ready")
    assert (ended["status"], ended["trigger"]["kind"]) == ("ready", "job ended")


def test_added_images_are_another_dataset_and_nobody_changes_sides(aws: Stack):
    aws.put_images(DROP)
    first = call()["dataset"]
    aws.put_images(DROP, prefix="new ")

    second = call()["dataset"]

    assert second != first
    before, after = sides(aws, first), sides(aws, second)
    assert {content: after[content] for content in before} == before
    assert len(after) == 2 * len(before)


def sides(aws: Stack, dataset: str) -> dict[str, str]:
    rows = (json.loads(line) for line in aws.get(keys.manifest(dataset)).splitlines())
    return {row["content"]: row["side"] for row in rows}


def test_left_out_objects_are_in_manifest_and_verdict(aws: Stack):
    aws.put_images(DROP)
    aws.put("raw/good/pointer.jpg", b"version https://git-lfs.github.com/spec/v1\n")
    aws.put("raw/good/empty.jpg")
    aws.put("raw/good/Thumbs.db", b"junk")

    dataset = call()["dataset"]

    verdict = aws.get_json(keys.verdict(dataset))
    assert verdict["left_out"] == {
        "a hidden or system file": 1,
        "empty": 1,
        "a Git LFS pointer instead of the image": 1,
    }
    assert len(aws.get(keys.manifest(dataset)).splitlines()) == 25


def test_a_refused_drop_is_explained_and_told_once(aws: Stack):
    aws.put_images({"good": 12, "oil": 3})

    answers = [call(), call(load_event("scheduler/ready"))]

    assert [answer["status"] for answer in answers] == ["refused", "refused"]
    [message] = aws.messages()
    assert "'oil' has 3" in message["Message"]
    drop = aws.status()["drop"]
    assert drop["state"] == "refused"
    assert drop["code"] == "class-too-small"
    assert aws.get_json(drop["verdict"])["remedy"] in drop["sentence"]
    assert aws.keys("datasets/") == []


def test_a_later_window_makes_the_split_wait(aws: Stack):
    aws.put_images(DROP)
    aws.add_schedule(window_name(WINDOW + 120))

    assert call()["status"] == "not yet"
    assert aws.keys("datasets/") == []


def test_its_own_window_and_earlier_ones_do_not(aws: Stack):
    aws.put_images(DROP)
    aws.add_schedule(window_name(WINDOW))
    aws.add_schedule(window_name(WINDOW - 120))

    assert call()["status"] == "ready"


def test_the_marker_does_not_wait(aws: Stack):
    aws.put_images(DROP)
    aws.add_schedule(window_name(WINDOW + 120))

    assert call(load_event("scheduler/ready"))["status"] == "ready"


def test_an_ended_job_waits_for_a_drop_that_is_arriving(aws: Stack):
    aws.put_images(DROP)
    aws.add_schedule(window_name(WINDOW))

    event = load_event("sagemaker/job_completed") | {"time": "2126-11-22T12:00:00Z"}
    assert call(event)["status"] == "not yet"


def test_nobody_waits_longer_than_the_maximum(aws: Stack):
    aws.put_images(DROP)
    aws.add_schedule(window_name(WINDOW + 120))
    long_ago = window(triggered_at="2026-01-01T00:00:00Z")

    assert call(long_ago)["status"] == "ready"


def test_the_wait_is_counted_from_the_first_window_that_waited(aws: Stack):
    aws.put_images(DROP)
    aws.add_schedule(window_name(WINDOW + 240))
    assert call(window())["status"] == "not yet"
    aws.put(keys.WAITING, b'{"since": "2026-01-01T00:00:00Z"}')

    assert call(window(WINDOW + 120))["status"] == "ready"
    assert aws.get_json(keys.WAITING) == {"since": None}


def test_awkward_keys_are_copied(aws: Stack):
    names = [
        "a b+c.png",
        "100%.png",
        "a&b=c;d.png",
        "ä日本.png",
        "q'\"\\x.png",
        "x//y.png",
        "[1].png",
    ]
    for class_name in ("good", "öl & fett #1"):
        for name in [*names, "1.png", "2.png", "3.png"]:
            aws.put(f"raw/{class_name}/{name}", png(class_name + name))

    answer = call()

    assert answer["status"] == "ready"
    assert len(aws.keys("datasets/")) == 20
    rows = [json.loads(row) for row in aws.get(keys.manifest(answer["dataset"])).splitlines()]
    assert all(aws.get(row["copy"]) == aws.get(row["key"]) for row in rows)


def test_copies_whose_etag_is_not_their_source_s_are_not_believed(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    """As under SSE-KMS, where an ETag is not the MD5 of the bytes."""
    listed = bulk.list_objects

    def under_kms(bucket: str, prefix: str) -> list[RawObject]:
        items = listed(bucket, prefix)
        if prefix.startswith(keys.DATASETS):
            return [replace(item, etag=item.etag[::-1]) for item in items]
        return items

    aws.put_images(DROP)
    monkeypatch.setattr(bulk, "list_objects", under_kms)

    with pytest.raises(CopyCheckError, match=r"22 of 22 copies .* KMS key"):
        call()
