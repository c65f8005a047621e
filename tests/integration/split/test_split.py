"""The split against moto: copies, documents, refusals, and repeated starts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common import clock, keys
from common.errors import CopyCheckError, SettingsError
from common.s3 import Bucket
from common.schedule import window_name
from common.settings import load
from common.splits import LaunchedRun, write_launched_run
from common.status import StatusBoard
from split.handler import handle
from split.images import RawObject
from split.s3 import copying, listing
from tests.support.aws import BUCKET, Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings

WINDOW = 4_950_000_000  # far ahead: a schedule whose time has come is not waited for
DROP = {"good": 12, "iron sheet ash": 10}


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)


def call(event: dict[str, Any] | None = None) -> dict[str, Any]:
    return handle(event or window(), LambdaContext())


def window(end: int = WINDOW, triggered_at: str = "2126-11-22T12:00:00Z") -> dict[str, Any]:
    event = load_event("scheduler/window")
    return event | {"window": window_name(end), "triggered_at": triggered_at}


def launched(aws: Stack, dataset: str) -> None:
    """Leave what a launch does: its record, and a status that says so."""
    write_launched_run(Bucket(BUCKET), LaunchedRun(run="the-run", dataset=dataset))
    StatusBoard(Bucket(BUCKET)).report_drop("launched", "The run was started.")


def without_time(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "listed_at"}


def written(aws: Stack) -> dict[str, bytes]:
    """Return the documents of a split, except the time of its listing."""
    return {key: aws.get(key) for key in aws.keys("splits/") if key != keys.NEWEST}


def test_a_drop_becomes_a_dataset(aws: Stack):
    aws.put_images(DROP)

    answer = call()

    assert answer["status"] == "ready"
    assert (answer["train_images"], answer["validation_images"]) == (18, 4)
    assert answer["channel_bytes"] == sum(len(aws.get(key)) for key in aws.keys("datasets/"))
    for side, count in (("train", 18), ("validation", 4)):
        copies = aws.keys(keys.side(side))
        assert len(copies) == count
        assert {copy.split("/")[2] for copy in copies} == set(DROP)


def test_copies_hold_what_was_dropped(aws: Stack):
    aws.put_images(DROP)

    dataset = call()["dataset"]

    rows = [json.loads(line) for line in aws.get(keys.manifest(dataset)).splitlines()]
    assert len(rows) == 22
    for row in rows:
        assert aws.get(row["copy"]) == aws.get(row["key"])


def test_raw_is_never_changed(aws: Stack):
    aws.put_images(DROP)
    before = {key: aws.get(key) for key in aws.keys("raw/")}

    call()

    assert {key: aws.get(key) for key in aws.keys("raw/")} == before


def test_again_is_the_same_answer_and_copies_nothing(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    aws.put_images(DROP)
    first = call()
    copied: list[tuple[str, str]] = []
    monkeypatch.setattr(copying, "copy_all", lambda _, pairs, __: copied.extend(pairs) or {})

    assert without_time(call()) == without_time(first)
    assert copied == []


def test_a_split_that_died_half_way_is_completed(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    aws.put_images(DROP)
    copy_all = copying.copy_all

    def die_half_way(bucket: str, pairs: list[tuple[str, str]], _: Any) -> None:
        copy_all(bucket, pairs[:7])
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(copying, "copy_all", die_half_way)
        with pytest.raises(TimeoutError):
            call()
    answer = call()

    assert answer["status"] == "ready"
    assert len(aws.keys("datasets/")) == 22
    undisturbed = written(aws)
    assert without_time(call()) == without_time(answer)
    assert written(aws) == undisturbed


def test_a_broken_copy_is_made_again(aws: Stack):
    aws.put_images(DROP)
    call()
    [first, *_] = aws.keys("datasets/")
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
        aws.s3.delete_object(Bucket=BUCKET, Key=key)
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


def test_the_marker_asks_the_launch_all_the_same(aws: Stack):
    aws.put_images(DROP)
    launched(aws, call()["dataset"])

    answer = call(load_event("scheduler/ready"))

    assert (answer["status"], answer["trigger"]["kind"]) == ("ready", "ready")
    assert answer["asked_at"] == answer["trigger"]["triggered_at"]


def test_an_ended_job_leaves_what_was_launched_and_the_status_alone(aws: Stack):
    aws.put_images(DROP)
    launched(aws, call()["dataset"])
    before = aws.status()

    assert call(load_event("sagemaker/job_failed"))["status"] == "unchanged"
    assert aws.status() == before


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


def test_a_refused_drop_is_explained_and_notified_once(aws: Stack):
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


def test_a_class_without_usable_files_is_warned_of(aws: Stack):
    aws.put_images(DROP)
    for number in range(40):
        aws.put(f"raw/scratch/IMG_{number}.HEIC", b"heic")

    answer = call()

    sentence = "'scratch': 40 of 40 files left out: a HEIC picture. Convert them to JPEG"
    assert answer["status"] == "ready"
    assert aws.status()["drop"]["warnings"][0].startswith(sentence)
    assert aws.get_json(keys.verdict(answer["dataset"]))["warnings"][0]["sentence"].startswith(
        sentence
    )
    assert sentence.replace("'", "&#x27;").encode() in aws.get(keys.STATUS_HTML)


def test_the_message_of_a_refusal_counts_the_files_left_out_of_each_class(aws: Stack):
    aws.put_images({"good": 12, "oil": 3})
    for number in range(9):
        aws.put(f"raw/oil/{number}.jpg")

    assert call()["status"] == "refused"

    [message] = aws.messages()
    assert "'oil' has 3 (9 of 12 files left out: empty)." in message["Message"]
    assert "'oil': 9 of 12 files left out: empty. The upload" in message["Message"]


@pytest.mark.parametrize("folder", [".", "..", "", "/good"])
def test_a_folder_that_s3_alone_knows_is_refused(aws: Stack, folder: str):
    aws.put_images(DROP)
    aws.put(f"raw/{folder}/1.png", png("odd"))

    assert call()["status"] == "refused"
    assert aws.status()["drop"]["code"] == "unusable-class-name"


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


ODD_NAMES = [
    "a b+c.png",
    "  two spaces .png",
    "100%.png",
    "%41%2F.png",
    "a&b=c;d@e:f$g,h.png",
    "what?x=1#y.png",
    "q'\"\\`x.png",
    "[1]{2}<3>|4^5~6.png",
    "\u00e4\u65e5\u672c.png",
    "a\u0308\u65e5\u672c.png",
    "\U0001f4f1\u200d\U0001f6e0.png",
    "x//y.png",
    "x///z//w.png",
    "tab\tbell\x07.png",
    "Case.png",
    "case.png",
    "Case.PNG",
    "a*b!(c).png",
    "trailing dots...png",
    "-rf.png",
]
ODD_CLASSES = ["good", "\u00f6l & fett #1?+%"]
LONGEST_KEY = 1024  # bytes of UTF-8


def test_any_legal_key_is_copied(aws: Stack):
    for class_name in ODD_CLASSES:
        folder = f"raw/{class_name}/"
        rest = LONGEST_KEY - len(folder.encode()) - len(".png")
        longest = "\u00e9" * (rest // 2) + "x" * (rest % 2) + ".png"
        for name in [*ODD_NAMES, longest]:
            aws.put(folder + name, png(class_name + name))

    answer = call()

    assert answer["status"] == "ready"
    assert len(aws.keys("datasets/")) == 2 * (len(ODD_NAMES) + 1)
    rows = [json.loads(row) for row in aws.get(keys.manifest(answer["dataset"])).splitlines()]
    assert {row["key"] for row in rows} == set(aws.keys("raw/"))
    assert max(len(row["key"].encode()) for row in rows) == LONGEST_KEY
    assert all(aws.get(row["copy"]) == aws.get(row["key"]) for row in rows)


def test_an_object_that_s3_cannot_copy_is_left_out_with_the_reason(aws: Stack):
    aws.put_images(DROP)
    aws.put("raw/iron sheet ash/part 7/a+b.png", png("another"), storage_class="GLACIER")
    aws.put("raw/good/archived.png", png("archived"), storage_class="DEEP_ARCHIVE")

    dataset = call()["dataset"]

    assert aws.get_json(keys.verdict(dataset))["left_out"] == {
        "archived: S3 copies it once it is restored": 2
    }
    rows = [json.loads(row) for row in aws.get(keys.manifest(dataset)).splitlines()]
    assert len(rows) == 24
    assert sum("copy" in row for row in rows) == len(aws.keys("datasets/")) == 22
    assert aws.status()["drop"]["state"] == "ready"


def test_an_archived_image_is_trained_on_as_its_copy_that_is_not(aws: Stack):
    aws.put_images(DROP)
    # The first by name is kept, so each of these comes to light only once the one before it did.
    for number in range(2):
        name = f"raw/good/{number} archived.png"
        aws.put(name, png("good/3.png"), storage_class="GLACIER")
    unarchived = {key: aws.get(key) for key in aws.keys("raw/") if "archived" not in key}

    answer = call()

    rows = [json.loads(row) for row in aws.get(keys.manifest(answer["dataset"])).splitlines()]
    assert {row["key"] for row in rows if "copy" in row} == set(unarchived)


def test_a_drop_with_something_archived_is_unchanged_once_trained(aws: Stack):
    aws.put_images(DROP)
    aws.put("raw/good/archived.png", png("archived"), storage_class="GLACIER")
    launched(aws, call()["dataset"])
    before = aws.status()

    assert call(load_event("sagemaker/job_failed"))["status"] == "unchanged"
    assert aws.status() == before
    assert call()["status"] == "unchanged"


def test_groups_stay_whole_and_are_in_the_manifest(aws: Stack):
    for class_name in ("good", "oil"):
        for part in range(5):
            for shot in range(3):
                key = f"raw/{class_name}/part {part}/{shot}.png"
                aws.put(key, png(key))

    dataset = call()["dataset"]

    rows = [json.loads(row) for row in aws.get(keys.manifest(dataset)).splitlines()]
    groups = {(row["group"], row["side"]) for row in rows}
    assert len(groups) == 5
    assert [side for _, side in groups].count("validation") == 1
    assert [row["code"] for row in aws.get_json(keys.verdict(dataset))["warnings"]] == [
        "small-class"
    ]
    [warning] = aws.status()["drop"]["warnings"]
    assert "fewer than 50 images" in warning


def test_a_class_of_one_group_is_refused_and_free_once_it_is_split_up(aws: Stack):
    aws.put_images(DROP)
    for shot in range(12):
        aws.put(f"raw/oil/monday/{shot}.png", png(f"oil {shot}"))

    assert call()["status"] == "refused"
    assert aws.status()["drop"]["code"] == "one-group"

    for shot in range(12):
        aws.s3.delete_object(Bucket=BUCKET, Key=f"raw/oil/monday/{shot}.png")
        aws.put(f"raw/oil/{shot}.png", png(f"oil {shot}"))
    assert call()["status"] == "ready"


def with_seed(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what a deployment does: change the environment and start a new process."""
    monkeypatch.setenv("SPLIT_SEED", seed)
    load.cache_clear()


def test_another_seed_is_another_partition_and_going_back_is_the_first(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    aws.put_images({"good": 20, "oil": 20})
    first = call()["dataset"]
    with_seed("7", monkeypatch)

    second = call()["dataset"]
    verdict = aws.get_json(keys.verdict(second))
    with_seed("0", monkeypatch)

    assert second != first
    assert verdict["settings"]["sides"] == keys.sides(7, 0.2)
    assert verdict["warnings"][0]["code"] == "another-partition"
    assert "SplitSeed 0 with ValidationShare 0.2" in verdict["warnings"][0]["sentence"]
    assert call()["dataset"] == first


def test_copies_with_another_etag_than_their_source_are_refused(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    """As under SSE-KMS, where an ETag is not the MD5 of the bytes."""
    listed = listing.list_objects

    def under_kms(bucket: str, prefix: str) -> list[RawObject]:
        items = listed(bucket, prefix)
        if prefix.startswith(keys.DATASETS):
            return [replace(item, etag=item.etag[::-1]) for item in items]
        return items

    aws.put_images(DROP)
    monkeypatch.setattr(listing, "list_objects", under_kms)

    with pytest.raises(CopyCheckError, match=r"22 of 22 copies .* KMS key"):
        call()


def test_a_split_that_fails_reports_the_reason_and_the_remedy(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    aws.put_images(DROP)
    with monkeypatch.context() as patch:
        patch.setattr(copying, "copy_all", lambda *_: {})  # claims to have copied

        with pytest.raises(CopyCheckError):
            call()

    drop = aws.status()["drop"]
    assert drop["state"] == "failing"
    assert "22 of 22 copies differ from their sources" in drop["sentence"]
    assert "drop raw/_READY" in drop["sentence"]
    assert call()["status"] == "ready"
    assert aws.status()["drop"]["state"] == "ready"


def test_the_reason_for_a_failure_outweighs_a_status_that_cannot_be_written(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    aws.put_images(DROP)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("no status")

    def fail(*_: Any) -> None:
        raise OSError("the first reason")

    monkeypatch.setattr("common.failures.StatusBoard.report_failing", refuse)
    monkeypatch.setattr("split.workflow.list_and_clean", fail)

    with pytest.raises(OSError, match="the first reason"):
        call()


def test_a_split_that_fails_keeps_the_announcement_of_a_later_one(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    later = clock.to_text(clock.now() + timedelta(minutes=5))
    StatusBoard(Bucket(BUCKET)).report_drop("waiting", "Images are arriving.", until=later)
    monkeypatch.setattr("split.workflow.list_and_clean", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        call()

    assert aws.status()["drop"]["state"] == "waiting"


def test_a_split_that_succeeds_without_a_report_withdraws_the_failure(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    aws.put_images(DROP)
    call()
    before = aws.status()["drop"]
    with monkeypatch.context() as patch:
        patch.setattr("split.workflow.list_and_clean", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            handle(load_event("sagemaker/job_completed"), LambdaContext())
    assert aws.status()["drop"]["state"] == "failing"

    handle(load_event("sagemaker/job_completed"), LambdaContext())

    assert aws.status()["drop"]["sentence"] == before["sentence"]
    assert aws.status()["state"] == "ready"


def test_invalid_settings_are_reported(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VALIDATION_SHARE", "7")

    with pytest.raises(SettingsError):
        call()

    assert "VALIDATION_SHARE" in aws.status()["drop"]["sentence"]
