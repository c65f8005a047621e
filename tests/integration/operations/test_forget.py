"""Deleting an image for good: the image, its copies, and the pages that show it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from common import keys
from operations.errors import OperationError
from operations.forget import PICTURED, find_traces, forget
from split.naming import dataset_of
from split.objects import Image, RawObject
from tests.integration.operations.conftest import Desk

KEY = "raw/oil/7 a.jpg"


def copy_of(desk: Desk, side: str, key: str = KEY, class_name: str = "oil") -> str:
    """Make the copy that the split makes of what is under a key now."""
    head = desk.clients.s3.head_object(Bucket=desk.bucket, Key=key)
    source = RawObject(key, head["ContentLength"], head["ETag"].strip('"'))
    [assigned] = dataset_of([Image(source, class_name)], {source.content: side}).images
    desk.put(assigned.copy_key)
    return assigned.copy_key


@pytest.fixture
def kept(desk: Desk) -> set[str]:
    """What has nothing to do with the image."""
    desk.put("raw/oil/7 a.jpg.bak", b"another")
    desk.put("raw/oil/8.jpg", b"other")
    return {
        *("raw/oil/7 a.jpg.bak", "raw/oil/8.jpg"),
        copy_of(desk, "validation", "raw/oil/8.jpg"),
    }


def report(desk: Desk, run: str, *copies: str) -> set[str]:
    """Leave a run whose validation images have these copies."""
    rows = [copy.removeprefix(keys.side("validation")) for copy in copies]
    desk.put(keys.run_predictions(run), "\n".join(["file,truth", *rows]).encode())
    pictured = {keys.run_file(run, name) for name in PICTURED}
    for key in pictured:
        desk.put(key)
    return pictured | {keys.run_predictions(run)}


def all_keys(desk: Desk) -> set[str]:
    answer = desk.clients.s3.list_object_versions(Bucket=desk.bucket)
    return {item["Key"] for item in (*answer.get("Versions", []), *answer.get("DeleteMarkers", []))}


def test_every_version_and_copy_and_picture_goes_and_nothing_else(
    desk: Desk, kept: set[str], answers: Callable[..., None]
):
    desk.put(KEY, b"first")
    copies = [copy_of(desk, "validation")]
    desk.put(KEY, b"second")
    copies.append(copy_of(desk, "train"))
    # Relabelled meanwhile: its copy in another class is of the same content.
    copies.append(copy_of(desk, "train", class_name="stain"))
    desk.clients.s3.delete_object(Bucket=desk.bucket, Key=KEY)
    report(desk, "shows-it", copies[0])
    shows_others = report(desk, "shows-others", *[key for key in kept if "validation" in key])
    answers(KEY)

    assert forget(desk.terminal(), desk.clients, desk.stack, KEY)

    assert all_keys(desk) == kept | shows_others | {keys.run_predictions("shows-it")}
    for key in (KEY, *copies):
        assert f"  {key}\n" in desk.text


def test_the_copies_of_the_time_before_they_were_shared_are_found(desk: Desk):
    desk.put(KEY, b"x")
    name = copy_of(desk, "train").rpartition("/")[2]
    short = name.replace(name.rpartition("-")[2], name.rpartition("-")[2][:8] + ".jpg")
    old = keys.side_before_sharing("d" * 64, "train") + f"oil/{short}"
    desk.put(old)

    assert old in find_traces(desk.clients.s3, desk.bucket, KEY).copies


def test_without_the_key_typed_nothing_goes(desk: Desk, answers: Callable[..., None]):
    desk.put(KEY)
    answers("no")

    assert not forget(desk.terminal(), desk.clients, desk.stack, KEY)
    assert all_keys(desk) == {KEY}


@pytest.mark.parametrize("key", ["raw/oil/none.jpg", "runs/r/report.html"])
def test_what_is_not_there_or_no_image_is_refused(desk: Desk, key: str):
    desk.put("runs/r/report.html")

    with pytest.raises(OperationError, match=r"no raw/oil/none\.jpg|begins with raw/"):
        forget(desk.terminal(), desk.clients, desk.stack, key)
    assert all_keys(desk) == {"runs/r/report.html"}


def test_a_copy_is_found_under_the_name_that_its_content_had_first(desk: Desk):
    """As of an image that was uploaded in parts after it had been uploaded whole."""
    desk.put("raw/oil/first.jpg", b"whole")
    copy = copy_of(desk, "train", "raw/oil/first.jpg")
    first = desk.clients.s3.head_object(Bucket=desk.bucket, Key="raw/oil/first.jpg")
    desk.put(KEY, b"in parts")
    again = desk.clients.s3.head_object(Bucket=desk.bucket, Key=KEY)
    content, known = (
        f"{head['ContentLength']}-{head['ETag'].strip(chr(34))}" for head in (again, first)
    )
    desk.put(keys.PARTS, json.dumps({"content": content, "is": known}).encode())

    assert find_traces(desk.clients.s3, desk.bucket, KEY).copies == [copy]
