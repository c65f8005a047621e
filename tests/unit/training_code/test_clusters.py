"""Which images belong together: groups, equal and near copies, and what a fixed camera makes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failure import JobError
from judging import clusters, near_copies
from loading.channel import Channel
from loading.dataset import ImageData

SIDE = 24
CLASSES = ["good", "oil"]


def scene(number: int) -> Any:
    """Return a picture of its own, uint8 (24, 24, 3)."""
    coarse = np.random.default_rng(number).integers(0, 200, (6, 6, 3))
    return np.kron(coarse, np.ones((4, 4, 1))).astype(np.uint8)


def side(pictures: list[Any], labels: list[int]) -> Channel:
    files = [f"{CLASSES[label]}/{number}.png" for number, label in enumerate(labels)]
    digests = np.array([hash(picture.tobytes()) for picture in pictures]).astype(np.uint64)
    pixels = np.stack(pictures)
    return Channel(files, np.array(labels, np.int32), pixels, [], digests=digests)


def find(train: list[Any], labels: list[int], groups: dict[int, str] | None = None) -> Any:
    """Return the clusters of these pictures and of one more of each class on the other side."""
    data = ImageData(CLASSES, side(train, labels), side([scene(98), scene(99)], [0, 1]))
    names = [(groups or {}).get(row, "") for row in range(len(train) + 2)]
    return clusters.find([data.train, data.validation], CLASSES, names, lambda: None)


def brighter(picture: Any) -> Any:
    return np.clip(picture.astype(int) + 12, 0, 255).astype(np.uint8)


def test_near_copies_are_together_and_others_are_not() -> None:
    found = find([scene(0), scene(1), brighter(scene(0)), scene(2)], [0, 0, 1, 1])
    assert found.numbers.tolist() == [0, 1, 0, 3, 4, 5]
    assert (found.count, found.remarks) == (5, [])


def test_copies_are_found_across_sides() -> None:
    found = find([scene(0), brighter(scene(99)), scene(1)], [0, 1, 1])
    assert found.numbers.tolist() == [0, 1, 2, 3, 1]


def test_groups_are_together_even_across_classes() -> None:
    pictures = [scene(number) for number in range(4)]
    found = find(pictures, [0, 1, 0, 1], {1: "part 7", 2: "part 7", 4: "part 7", 3: "part 8"})
    assert found.numbers.tolist() == [0, 1, 1, 3, 1, 5]


def test_equal_pictures_without_contrast_are_together() -> None:
    grey = np.full((SIDE, SIDE, 3), 128, np.uint8)
    assert find([scene(0), grey, grey], [0, 1, 0]).numbers.tolist() == [0, 1, 1, 3, 4]


def test_what_a_fixed_camera_sees_is_told_apart_by_groups() -> None:
    pictures = [brighter(scene(0)) if number % 2 else scene(0) for number in range(6)]
    for number, picture in enumerate(pictures):
        picture[0, 0] = number  # so that no two are equal
    found = find(pictures, [0, 0, 1, 1, 0, 1], {0: "a", 1: "a"})
    assert found.numbers.tolist() == [0, 0, 2, 3, 4, 5, 6, 7]
    [remark] = found.remarks
    assert remark.startswith("6 of 8 images look alike, as those of a fixed camera do")


def test_a_class_that_looks_alike_is_told_apart() -> None:
    alike = [scene(99).copy() for _ in range(3)]
    for number, picture in enumerate(alike):
        picture[0, 0] = number
    found = find([*(scene(number) for number in range(8)), *alike], [0] * 8 + [1] * 3)
    assert found.count == 13
    assert found.remarks[0].startswith("All images of 'oil' look alike")


def test_a_class_that_is_one_group_is_named() -> None:
    found = find([scene(0), scene(1), scene(2)], [0, 0, 1], {2: "p", 4: "p"})
    assert found.numbers.tolist() == [0, 1, 2, 3, 2]
    assert found.remarks[0].startswith("All images of 'oil' are one group or equal")


def test_of_too_many_images_only_equal_ones_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_MOST_COMPARED", 4)
    found = find([scene(0), brighter(scene(0)), scene(0)], [0, 0, 1])
    assert found.numbers.tolist() == [0, 1, 0, 3, 4]
    assert found.remarks == [
        "There are more than 4 images, so near copies weren't looked for: those that are in no "
        "group may be in two folds."
    ]


PAIRS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30)


@given(PAIRS)
def test_rows_are_joined_through_others(pairs: list[tuple[int, int]]) -> None:
    numbers = np.arange(20)
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    near_copies.join(numbers, left, right)
    sets = [{row} for row in range(20)]
    for first, second in pairs:
        if sets[first] is not sets[second]:
            sets[first] |= sets[second]
            for row in sets[second]:
                sets[row] = sets[first]
    assert numbers.tolist() == [min(sets[row]) for row in range(20)]


FILES = ["good/part 7/left/a.png", "good/b.png", "good/Teil \u00e4/c.png", "oil/Teil a\u0308/d.png"]


def with_files(files: list[str]) -> ImageData:
    pixels, labels = np.zeros((len(files), 1, 1, 3), np.uint8), np.zeros(len(files), np.int32)
    channel = Channel(files, labels, pixels, [])
    return ImageData(CLASSES, channel, Channel(files[:1], labels[:1], pixels[:1], []))


def test_a_folder_below_the_class_is_a_group() -> None:
    told = clusters.groups(with_files(FILES), None)
    assert told == ["part 7", "", "Teil \u00e4", "Teil \u00e4", "part 7"]


def test_the_manifest_tells_the_groups_of_copies(tmp_path: Path) -> None:
    rows = [
        {"key": "raw/good/p/1.png", "group": "p", "copy": "datasets/train/good/1.png"},
        {"key": "raw/good/q/1.png", "group": "q", "copy": "datasets/validation/good/1.png"},
        {"key": "raw/good/2.png", "group": None, "copy": "datasets/train/good/2.png"},
        {"key": "raw/good/q/3.png", "left_out": "duplicate"},
    ]
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert clusters.groups(with_files(["good/1.png", "good/2.png"]), manifest) == ["p", "", "q"]

    manifest.write_text('{"copy": "datasets/train/')
    with pytest.raises(JobError, match="can't be read as the manifest"):
        clusters.groups(with_files(["good/1.png"]), manifest)
