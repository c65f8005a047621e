"""Allowed but suspicious drops."""

from __future__ import annotations

import pytest

from split.drop.cleaning import clean
from split.drop.warnings import warnings_of_dataset, warnings_of_drop
from split.images import Image
from split.partition.dataset import Side, dataset_of
from tests.unit.split.builders import image, images, raw


def codes(sizes: dict[str, int]) -> dict[str, str]:
    objects = [raw(f"raw/{name}/{n}.jpg") for name, size in sizes.items() for n in range(size)]
    return {warning.code: warning.sentence for warning in warnings_of_drop(clean(objects, {}))}


def of_dataset(drop: list[Image], validation: set[str], share: float = 0.2) -> dict[str, str]:
    sides: dict[str, Side] = {
        item.source.content: "validation" if item.source.key in validation else "train"
        for item in drop
    }
    warnings = warnings_of_dataset(dataset_of(drop, sides), share, [])
    return {warning.code: warning.sentence for warning in warnings}


@pytest.mark.parametrize(
    ("sizes", "code", "named"),
    [
        ({"good": 60, "train": 60}, "class-named-like-a-side", "raw/train/"),
        ({"good": 60, "Masks": 60}, "class-named-like-no-class", "raw/Masks/"),
        ({"good": 60, "annotations": 60}, "class-named-like-no-class", "raw/annotations/"),
        ({"good": 60, "Good": 60}, "classes-look-alike", "'Good', 'good'"),
        ({"\u00d6l": 60, "O\u0308l": 60}, "classes-look-alike", "'\u00d6l' (as Windows"),
        ({"good": 60, "good ": 60}, "classes-look-alike", "'good '"),
        ({"a b": 60, "a\u00a0b": 60}, "classes-look-alike", r"(written a\xa0b)"),
        ({"good": 60, "ground_truth": 60}, "class-named-like-no-class", "raw/ground_truth/"),
        ({"JPEGImages": 60, "SegmentationClass": 60}, "class-named-like-no-class", "Pascal VOC"),
        ({"good": 60, "phones\\oil": 60}, "class-with-backslash", "raw/phones\\oil/"),
        ({"good": 60, "oil": 49}, "small-class", "'oil' has 49"),
        ({"good": 601, "oil": 60}, "imbalance", "'good' has 601 images, 'oil' 60"),
    ],
)
def test_warned_of(sizes: dict[str, int], code: str, named: str):
    warnings = codes(sizes)

    assert list(warnings) == [code]
    assert named in warnings[code]
    assert warnings[code].endswith((".", "?"))


@pytest.mark.parametrize("sizes", [{}, {"good": 50, "oil": 50}, {"good": 600, "oil": 60}])
def test_nothing_to_warn_of(sizes: dict[str, int]):
    assert codes(sizes) == {}


@pytest.mark.parametrize(
    ("names", "warned"),
    [
        (["1.jpg", "1_mask.png"], True),
        (["1.jpg", "1.png"], True),
        (["part 7/1.jpg", "part 7/1-mask.png"], True),
        (["1.jpg", "mask_1.png"], True),
        (["1.jpg", "GT-1.png"], True),
        (["part 7/1.jpg", "part 8/1.jpg"], False),
        (["1.jpg", "10.jpg"], False),
    ],
)
def test_an_image_and_its_mask(names: list[str], warned: bool):
    drop = [raw(f"raw/oil/{name}") for name in names]

    warnings = {warning.code: warning.sentence for warning in warnings_of_drop(clean(drop, {}))}

    assert ("image-and-mask" in warnings) is warned
    if warned:
        assert all(item.key in warnings["image-and-mask"] for item in drop)


def test_a_group_on_both_sides_is_named():
    drop = [image("oil", f"part 7/{n}.jpg") for n in range(10)]

    warnings = of_dataset(drop, {drop[0].source.key, drop[1].source.key})

    assert list(warnings) == ["straddling-group"]
    assert "part 7" in warnings["straddling-group"]


@pytest.mark.parametrize(("validation", "warned"), [(2, False), (3, False), (4, True), (0, True)])
def test_a_class_far_from_its_share_is_named(validation: int, warned: bool):
    drop = images({"oil": 10})

    warnings = of_dataset(drop, {item.source.key for item in drop[:validation]})

    assert ("far-from-share" in warnings) is warned
    if warned:
        assert f"'oil' {validation} of 10" in warnings["far-from-share"]


def test_a_share_missed_by_one_image_is_rounding_and_not_named():
    drop = images({"oil": 4})

    warnings = of_dataset(drop, {drop[0].source.key, drop[1].source.key})  # 2 of 4, wanted 0.8
    nearer = of_dataset(drop, {drop[0].source.key})

    assert "far-from-share" in warnings
    assert "far-from-share" not in nearer
    assert "far-from-share" not in of_dataset(images({"oil": 5}), set())  # 0 of 5, wanted 1


def test_a_partition_after_another_says_what_cannot_be_compared():
    drop = images({"oil": 10})
    dataset = dataset_of(drop, {item.source.content: "train" for item in drop})

    warnings = warnings_of_dataset(dataset, 0.2, [(0, 0.2), (7, 0.3)])

    assert warnings[0].code == "another-partition"
    assert "SplitSeed 7 with ValidationShare 0.3" in warnings[0].sentence
    assert "cannot be compared" in warnings[0].sentence


def test_many_names_are_cut_short():
    warnings = codes({f"class {n}": 10 for n in range(20)})

    assert "and 15 more" in warnings["small-class"]
