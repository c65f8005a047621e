"""Deleting an image for good: the image, its copies, and the pages that show it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from common import keys
from operations.errors import OperationError
from operations.forget import PICTURED, find_traces, forget
from split.images import Image, RawObject
from split.partition.dataset import dataset_of
from tests.integration.operations.conftest import Demo

KEY = "raw/oil/7 a.jpg"


def copy_of(demo: Demo, side: str, key: str = KEY, class_name: str = "oil") -> str:
    """Make the copy that the split makes of what is under a key now."""
    head = demo.clients.s3.head_object(Bucket=demo.bucket, Key=key)
    source = RawObject(key, head["ContentLength"], head["ETag"].strip('"'))
    [assigned] = dataset_of([Image(source, class_name)], {source.content: side}).images
    demo.put(assigned.copy_key)
    return assigned.copy_key


@pytest.fixture
def kept(demo: Demo) -> set[str]:
    """What has nothing to do with the image."""
    demo.put("raw/oil/7 a.jpg.bak", b"another")
    demo.put("raw/oil/8.jpg", b"other")
    return {
        *("raw/oil/7 a.jpg.bak", "raw/oil/8.jpg"),
        copy_of(demo, "validation", "raw/oil/8.jpg"),
    }


def report(demo: Demo, run: str, *copies: str) -> set[str]:
    """Leave a run whose validation images have these copies."""
    rows = [copy.removeprefix(keys.side("validation")) for copy in copies]
    demo.put(keys.run_predictions(run), "\n".join(["file,truth", *rows]).encode())
    pictured = {keys.run_file(run, name) for name in PICTURED["predictions.csv"]}
    for key in pictured:
        demo.put(key)
    return pictured | {keys.run_predictions(run)}


def review(demo: Demo, run: str, *copies: str) -> set[str]:
    """Leave a run whose review names the images of these copies, as a neighbour's list does."""
    names = [copy.split("/", 2)[2] for copy in copies]
    demo.put(keys.run_review(run, "csv"), json.dumps(names).encode())
    pictured = {keys.run_file(run, name) for name in PICTURED["review.csv"]}
    for key in (*pictured, keys.run_report(run)):
        demo.put(key)
    return pictured | {keys.run_review(run, "csv"), keys.run_report(run)}


def all_keys(demo: Demo) -> set[str]:
    answer = demo.clients.s3.list_object_versions(Bucket=demo.bucket)
    return {item["Key"] for item in (*answer.get("Versions", []), *answer.get("DeleteMarkers", []))}


def test_every_version_and_copy_and_picture_goes_and_nothing_else(
    demo: Demo, kept: set[str], answers: Callable[..., None]
):
    demo.put(KEY, b"first")
    copies = [copy_of(demo, "validation")]
    demo.put(KEY, b"second")
    copies.append(copy_of(demo, "train"))
    # Relabelled meanwhile: its copy in another class is of the same content.
    copies.append(copy_of(demo, "train", class_name="stain"))
    demo.clients.s3.delete_object(Bucket=demo.bucket, Key=KEY)
    report(demo, "shows-it", copies[0])
    shows_others = report(demo, "shows-others", *[key for key in kept if "validation" in key])
    answers(KEY)

    assert forget(demo.terminal(), demo.clients, demo.stack, KEY)

    assert all_keys(demo) == kept | shows_others | {keys.run_predictions("shows-it")}
    for key in (KEY, *copies):
        assert f"  {key}\n" in demo.text


def test_a_review_that_shows_a_training_image_goes(demo: Demo, kept: set[str]):
    demo.put(KEY, b"x")
    copy = copy_of(demo, "train")
    shows_it = review(demo, "shows-it", copy)
    review(demo, "shows-others", *[key for key in kept if key.startswith("datasets/")])

    pictures = find_traces(demo.clients.s3, demo.bucket, KEY).pictures

    assert pictures == sorted(
        shows_it - {keys.run_review("shows-it", "csv"), keys.run_report("shows-it")}
    )


def test_what_was_set_aside_goes(demo: Demo):
    demo.put(KEY, b"x")
    demo.put(f"{keys.SET_ASIDE}12345678/oil/7 a.jpg", b"x")
    demo.put(f"{keys.SET_ASIDE}12345678/oil/8.jpg", b"another")
    demo.clients.s3.delete_object(Bucket=demo.bucket, Key=KEY)

    raw = find_traces(demo.clients.s3, demo.bucket, KEY).raw

    assert raw == [KEY, f"{keys.SET_ASIDE}12345678/oil/7 a.jpg"]


def test_the_same_image_in_the_test_set_goes_and_so_does_one_that_is_only_there(demo: Demo):
    demo.put(KEY, b"x")
    demo.put("test/oil/seen.jpg", b"x")
    demo.put("test/oil/other.jpg", b"another")
    copy = copy_of(demo, "test", "test/oil/other.jpg")

    assert find_traces(demo.clients.s3, demo.bucket, KEY).raw == [KEY, "test/oil/seen.jpg"]
    found = find_traces(demo.clients.s3, demo.bucket, "test/oil/other.jpg")
    assert (found.raw, found.copies) == (["test/oil/other.jpg"], [copy])


def test_the_copies_of_the_time_before_they_were_shared_are_found(demo: Demo):
    demo.put(KEY, b"x")
    name = copy_of(demo, "train").rpartition("/")[2]
    short = name.replace(name.rpartition("-")[2], name.rpartition("-")[2][:8] + ".jpg")
    old = keys.side_before_sharing("d" * 64, "train") + f"oil/{short}"
    demo.put(old)

    assert old in find_traces(demo.clients.s3, demo.bucket, KEY).copies


def test_without_the_key_typed_nothing_goes(demo: Demo, answers: Callable[..., None]):
    demo.put(KEY)
    answers("no")

    assert not forget(demo.terminal(), demo.clients, demo.stack, KEY)
    assert all_keys(demo) == {KEY}


@pytest.mark.parametrize("key", ["raw/oil/none.jpg", "runs/r/report.html"])
def test_a_missing_key_or_another_file_is_refused(demo: Demo, key: str):
    demo.put("runs/r/report.html")

    with pytest.raises(OperationError, match=r"no raw/oil/none\.jpg|begins with raw/"):
        forget(demo.terminal(), demo.clients, demo.stack, key)
    assert all_keys(demo) == {"runs/r/report.html"}


def test_a_copy_is_found_under_the_name_that_its_content_had_first(demo: Demo):
    """As of an image that was uploaded in parts after it had been uploaded whole."""
    demo.put("raw/oil/first.jpg", b"whole")
    copy = copy_of(demo, "train", "raw/oil/first.jpg")
    first = demo.clients.s3.head_object(Bucket=demo.bucket, Key="raw/oil/first.jpg")
    demo.put(KEY, b"in parts")
    again = demo.clients.s3.head_object(Bucket=demo.bucket, Key=KEY)
    content, known = (
        f"{head['ContentLength']}-{head['ETag'].strip(chr(34))}" for head in (again, first)
    )
    demo.put(keys.PARTS, json.dumps({"content": content, "is": known}).encode())

    assert find_traces(demo.clients.s3, demo.bucket, KEY).copies == [copy]
