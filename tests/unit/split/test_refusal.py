"""Drops that cannot be trained, and what their owner is told."""

from __future__ import annotations

import pytest

from split.cleaning import clean
from split.refusal import refusal_of_classes, refusal_of_sides
from tests.unit.split.builders import raw


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


@pytest.mark.parametrize("side", ["train", "validation"])
def test_a_class_without_one_side_is_refused(side: str):
    counts = {"good": {"train": 8, "validation": 2}, "oil": {"train": 5, "validation": 5}}
    counts["oil"][side] = 0

    refusal = refusal_of_sides(counts)

    assert refusal is not None
    assert refusal.code == "one-sided-class"
    assert "'oil'" in refusal.sentence
    assert f"no {side} image" in refusal.sentence


def test_a_class_with_both_sides_is_not_refused():
    assert refusal_of_sides({"good": {"train": 1, "validation": 1}}) is None
