"""The objects behind the images that a review names, found in the split's own manifest."""

from __future__ import annotations

import io
import json
import tracemalloc

from plot.inputs.dataset import read_manifest
from plot.inputs.raw_objects import RawObjects
from tests.support.reviews import HOSTILE_NAMES, ReviewedDrop


def read(drop: ReviewedDrop, *files: str) -> RawObjects:
    return read_manifest(io.BytesIO(drop.manifest), "", files).raw_objects


def test_images_of_both_sides_have_their_objects() -> None:
    folders = ("good", 'öl "alt"', '"copy": "', "it's")
    drop = ReviewedDrop.of(f"raw/{folder}/{name}" for folder in folders for name in HOSTILE_NAMES)
    assert len(drop.images) == len(folders) * len(HOSTILE_NAMES)
    files = {image["file"]: key for key, image in drop.images.items()}
    raw_objects = read(drop, *files)
    assert {file: raw_objects.keys_of(file) for file in files} == {
        file: (key,) for file, key in files.items()
    }
    for key in drop.contents:
        assert raw_objects.is_taken(key)
        assert not raw_objects.is_taken(f"{key}x")


def test_only_the_wanted_images_are_kept() -> None:
    drop = ReviewedDrop.of(f"raw/good/{number}.jpg" for number in range(9))
    first, second, *_ = [image["file"] for image in drop.images.values()]
    raw_objects = read(drop, first)
    assert raw_objects.keys_of(first) == ("raw/good/0.jpg",)
    assert raw_objects.keys_of(second) == ()
    assert raw_objects.is_taken("raw/good/1.jpg")


def test_an_image_that_was_dropped_twice_has_two_objects() -> None:
    contents = {"raw/good/1.jpg": "a", "raw/good/part/9.jpg": "a", "raw/good/2.jpg": "b"}
    drop = ReviewedDrop(contents | {"raw/oil/1.jpg": "c"})
    file = drop.images["raw/good/part/9.jpg"]["file"]  # an object in a group is copied first
    assert read(drop, file).keys_of(file) == ("raw/good/part/9.jpg", "raw/good/1.jpg")


def test_an_image_is_recognised_by_its_content_under_any_name() -> None:
    row = {"key": "raw/good/1.jpg", "content": "1", "size": 9, "class": "good", "group": None}
    row |= {"side": "train"}

    def keys_of(file: str, *copies: str) -> tuple[str, ...]:
        raw_objects = RawObjects([file])
        for number, copy in enumerate(copies):
            named = row | {"content": str(number), "copy": f"datasets/train/good/{copy}"}
            raw_objects.add(json.dumps(named).encode())
        return raw_objects.keys_of(file)

    assert keys_of("good/earlier-01234567.jpg", "now-0123456789abcdef.jpg") == ("raw/good/1.jpg",)
    assert keys_of("good/x.jpg", "x.jpg") == ("raw/good/1.jpg",)
    # Of two images that it may be, neither is certain.
    assert keys_of("good/z-01234567.jpg", "x-0123456700.jpg", "y-0123456711.jpg") == ()
    assert keys_of("good/x-0123456700.jpg", "x-0123456700.jpg", "y-0123456711.jpg") == (
        "raw/good/1.jpg",
    )


def test_damaged_lines_are_skipped() -> None:
    raw_objects = RawObjects(["good/x.jpg"])
    for line in (
        b"",
        b"{",
        b"\xff" * 99,
        b'{"key": "a", "content": "b", "copy": "datasets/train/good/x.jpg"',
        b'["key", "content": "b", "copy": "datasets/train/good/x.jpg"}',
    ):
        raw_objects.add(line)
    assert raw_objects.keys_of("good/x.jpg") == ()


def test_a_line_that_is_not_wanted_takes_a_few_bytes() -> None:
    line = '{{"key": "raw/good/{0}.jpg", "content": "{0}", "size": 1, "class": "good", "group": ""'
    line += ', "side": "train", "copy": "datasets/train/good/{0}-{0:016x}.jpg"}}'
    raw_objects = RawObjects(["good/x.jpg"])
    tracemalloc.start()
    for number in range(100_000):
        raw_objects.add(line.format(number).encode())
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 10 * 100_000
    assert raw_objects.is_taken("raw/good/99999.jpg")
