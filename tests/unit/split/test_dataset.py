"""The identity of a dataset, and the names of copies."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from split.images import Image, RawObject
from split.partition.dataset import Side, dataset_of
from tests.unit.split.builders import image, images, raw


def all_train(drop: list[Image]) -> dict[str, Side]:
    return {item.source.content: "train" for item in drop}


def identity(drop: list[Image], **changed: Side) -> str:
    return dataset_of(drop, all_train(drop) | changed).identity


def test_names_do_not_make_a_dataset():
    assert identity([image("a", "1.jpg", "x")]) == identity([image("a", "monday/2.png", "x")])


def test_order_does_not_make_a_dataset():
    drop = images({"a": 5, "b": 5})

    assert identity(drop) == identity(drop[::-1])


def test_side_class_and_content_make_a_dataset():
    first = image("a", "1.jpg", "x")
    different = {
        identity([first]),
        dataset_of([first], {first.source.content: "validation"}).identity,
        identity([image("b", "1.jpg", "x")]),
        identity([image("a", "1.jpg", "y")]),
        identity([first, image("a", "2.jpg", "y")]),
    }

    assert len(different) == 5


def test_no_choice_of_names_makes_two_datasets_look_the_same():
    first, second = Image(RawObject("raw/k", 1, "c"), "ab"), Image(RawObject("raw/k", 1, "bc"), "a")

    assert identity([first]) != identity([second])


def key_of(item: Image, *copies: str) -> str:
    [assigned] = dataset_of([item], all_train([item]), copies).images
    return assigned.copy_key


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1))
def test_a_copy_s_name_is_readable_short_and_harmless(stem: str):
    name = key_of(Image(raw(f"raw/oil/{stem}.JPG"), "oil")).removeprefix("datasets/train/oil/")

    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}-[0-9a-f]{16}\.jpg", name)
    assert not name.startswith((".", "_"))


def test_the_same_name_twice_in_a_class_gives_two_copies():
    drop = [image("a", "monday/1.jpg", "x"), image("a", "tuesday/1.jpg", "y")]

    assert len({item.copy_key for item in dataset_of(drop, all_train(drop)).images}) == 2


def test_the_key_of_a_copy():
    key = key_of(image("iron sheet ash", "line 2/Bild 1.PNG", "x"))

    assert re.fullmatch(r"datasets/train/iron sheet ash/Bild_1-[0-9a-f]{16}\.png", key)


def test_a_renamed_image_keeps_the_copy_that_was_made_of_it():
    copy = key_of(image("a", "1.jpg", "x"))

    assert key_of(image("a", "monday/2", "x"), "datasets/train/a/other.jpg", copy) == copy


@pytest.mark.parametrize("moved", [image("b", "1.jpg", "x"), image("a", "1.jpg", "y")])
def test_another_class_or_content_is_another_copy(moved: Image):
    copy = key_of(image("a", "1.jpg", "x"))

    assert key_of(moved, copy) != copy
