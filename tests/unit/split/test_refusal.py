"""Drops that can't be trained, and the refusals that their owners read."""

from __future__ import annotations

import pytest

from split.drop.cleaning import clean
from split.drop.refusal import Refusal, refusal_of_classes, refusal_of_sides
from split.images import Image
from split.partition.dataset import SIDES, KnownSides, Side
from tests.unit.split.builders import image, images, raw

NEW = KnownSides()


def refuse(sizes: dict[str, int], minimum: int = 10):
    objects = [raw(f"raw/{name}/{n}.jpg") for name, size in sizes.items() for n in range(size)]
    return refusal_of_classes(clean(objects, {}), minimum)


@pytest.mark.parametrize(
    ("sizes", "code"),
    [
        ({}, "no-images"),
        ({"good": 20}, "one-class"),
        ({"good": 20, "oil": 9}, "class-too-small"),
        ({"train": 20, "validation": 20}, "sides-as-classes"),
        ({"Train": 20, "Test": 20, "val": 20}, "sides-as-classes"),
        ({"train": 20}, "sides-as-classes"),
        ({"good": 20, "ta\tb": 20}, "unusable-class-name"),
        ({"good": 20, "x" * 256: 20}, "unusable-class-name"),
    ],
)
def test_refused(sizes: dict[str, int], code: str):
    refusal = refuse(sizes)

    assert refusal is not None
    assert refusal.code == code
    assert refusal.sentence.endswith(".")
    assert refusal.remedy.endswith(".")


@pytest.mark.parametrize(
    "sizes",
    [
        {"good": 10, "oil": 10},
        {"train": 10, "bus": 10},
        {"iron sheet ash": 10, "Öl & Fett": 10, "a'b\"c": 10},
    ],
)
def test_not_refused(sizes: dict[str, int]):
    assert refuse(sizes) is None


def test_the_sentence_names_class_count_and_minimum():
    refusal = refuse({"good": 20, "oil": 9})

    assert refusal is not None
    assert "'oil' has 9" in refusal.sentence
    assert "10" in refusal.sentence
    assert "MinimumImagesPerClass" in refusal.remedy


@pytest.mark.parametrize(
    ("folders", "code"),
    [
        (["oil/train", "oil/validation", "good/train", "good/validation"], "sides-below-classes"),
        (["oil/Train", "good/TEST"], "sides-below-classes"),
        (["oil/line 1/train", "good/line 1/val"], "sides-below-classes"),
        (["phones/train/oil", "phones/val/oil"], "sides-below-classes"),
        (["train/oil", "train/good", "val/oil", "val/good"], "sides-as-classes"),
        (["train/oil", "val/oil", "unsorted"], "sides-as-classes"),
        (["phones/oil", "phones/good"], "one-class"),
        # Nothing but a class and groups that happen to be called so.
        (["train/1", "bus/2"], None),
        (["oil/test", "good/test"], None),
        (["oil", "good/train"], None),
        # Any file may be called so.
        (["train", "val", "bus"], None),
    ],
)
def test_trees_of_train_and_validation(folders: list[str], code: str | None):
    objects = [raw(f"raw/{folder}/train {n}.jpg") for folder in folders for n in range(20)]

    refusal = refusal_of_classes(clean(objects, {}), 10)

    assert (refusal.code if refusal else None) == code


def one_sided(drop: list[Image], side: Side, known: KnownSides) -> Refusal | None:
    sides: dict[str, Side] = {item.source.content: side for item in drop}
    return refusal_of_sides(drop, sides, known)


@pytest.mark.parametrize("side", SIDES)
def test_a_class_that_was_on_one_side_before_is_refused(side: Side):
    drop = images({"oil": 5})
    known = KnownSides({item.source.content: side for item in drop})

    refusal = one_sided(drop, side, known)

    assert refusal is not None
    assert refusal.code == "one-sided-class"
    assert "'oil'" in refusal.sentence
    assert f"no {'validation' if side == 'train' else 'train'} image" in refusal.sentence


def test_a_class_of_one_group_is_refused():
    refusal = one_sided([image("oil", "part 7/1.jpg"), image("oil", "part 7/2.jpg")], "train", NEW)

    assert refusal is not None
    assert refusal.code == "one-group"
    assert "raw/oil/part 7/" in refusal.sentence
    assert "second folder" in refusal.remedy


def test_a_class_whose_groups_must_all_be_on_one_side_is_refused():
    refusal = one_sided([image("oil", "part 7/1.jpg"), image("oil", "part 8/2.jpg")], "train", NEW)

    assert refusal is not None
    assert refusal.code == "groups-too-few"


def test_a_class_with_both_sides_is_not_refused():
    first, second = images({"good": 2})

    sides: dict[str, Side] = {first.source.content: "train", second.source.content: "validation"}
    assert refusal_of_sides([first, second], sides, NEW) is None
