"""The partition: exact, stratified, seeded, sticky, groups whole."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from split.images import Image
from split.partition.assignment import assign_sides, straddling_groups
from split.partition.dataset import KnownSides, Side
from tests.unit.split.builders import image, images

SIZES = st.dictionaries(
    st.sampled_from(["good", "oil", "scratch", "stain", "Öl & mehr"]),
    st.integers(2, 60),
    min_size=2,
)
NEW = KnownSides()
SHARES = st.floats(0.05, 0.5)
SEEDS = st.integers(0, 2**32 - 1)


def count(drop: list[Image], sides: dict[str, Side]) -> Counter[tuple[str, Side]]:
    return Counter((image.class_name, sides[image.source.content]) for image in drop)


@given(SIZES, SHARES, SEEDS)
def test_every_image_has_one_side_and_every_class_both(sizes, share, seed):
    drop = images(sizes)

    sides = assign_sides(drop, NEW, share, seed)

    assert set(sides) == {image.source.content for image in drop}
    for class_name, size in sizes.items():
        validation = count(drop, sides)[class_name, "validation"]
        assert 1 <= validation < size
        assert abs(validation - share * size) <= max(0.5, 1 - share * size) + 1e-9


@given(SIZES, SHARES, SEEDS, st.randoms())
def test_the_order_of_listing_does_not_matter(sizes, share, seed, random):
    drop = images(sizes)
    shuffled = random.sample(drop, len(drop))

    assert assign_sides(drop, NEW, share, seed) == assign_sides(shuffled, NEW, share, seed)


@given(SIZES, SIZES, SHARES, SEEDS)
def test_an_image_keeps_its_side_when_others_come_and_go(first, second, share, seed):
    before = assign_sides(images(first), NEW, share, seed)

    after = assign_sides(images(second), KnownSides(before), share, seed)

    assert all(after[content] == side for content, side in before.items() if content in after)


@given(SIZES, SHARES, SEEDS)
def test_new_images_bring_a_class_to_its_share(sizes, share, seed):
    before = assign_sides(images(sizes), NEW, share, seed)
    grown = images({name: size * 3 for name, size in sizes.items()})

    after = assign_sides(grown, KnownSides(before), share, seed)

    for class_name, size in sizes.items():
        validation = count(grown, after)[class_name, "validation"]
        assert validation == max(round(3 * size * share), 1)


def test_another_seed_is_another_partition():
    drop = images({"good": 50, "oil": 50})

    assert assign_sides(drop, NEW, 0.2, 0) != assign_sides(drop, NEW, 0.2, 1)


def test_a_class_of_known_validation_images_stays_on_that_side():
    drop = images({"good": 10, "oil": 3})
    known: dict[str, Side] = {
        image.source.content: "validation" for image in drop if image.class_name == "oil"
    }

    sides = assign_sides(drop, KnownSides(known), 0.2, 0)

    assert count(drop, sides)["oil", "validation"] == 3


@pytest.mark.parametrize("size", [2, 3])
def test_the_smallest_classes_get_one_validation_image(size: int):
    drop = images({"good": 100, "oil": size})

    assert count(drop, assign_sides(drop, NEW, 0.2, 0))["oil", "validation"] == 1


def in_groups(sizes: dict[str, dict[str, int]]) -> list[Image]:
    """Make so many images of each class in each of its groups; '' is no group."""
    return [
        image(class_name, f"{group}/{number}.jpg" if group else f"{number}.jpg")
        for class_name, groups in sizes.items()
        for group, size in groups.items()
        for number in range(size)
    ]


def test_a_group_that_is_in_two_classes_is_one_group():
    drop = in_groups({name: {f"part {n}": 3 for n in range(10)} for name in ("good", "oil")})

    sides = assign_sides(drop, NEW, 0.2, 0)

    assert straddling_groups(drop, sides) == []
    assert count(drop, sides)["good", "validation"] == count(drop, sides)["oil", "validation"] == 6


def test_groups_of_different_sizes_come_near_the_share():
    sizes = {f"part {n}": 1 + n % 13 for n in range(60)}
    drop = in_groups({"good": sizes, "oil": dict(list(sizes.items())[::2])})

    sides = assign_sides(drop, NEW, 0.2, 0)

    for class_name in ("good", "oil"):
        size = sum(image.class_name == class_name for image in drop)
        assert abs(count(drop, sides)[class_name, "validation"] - 0.2 * size) <= 2


def test_single_images_make_up_for_what_groups_cannot_divide():
    drop = in_groups({"good": {"part 1": 30, "part 2": 30, "": 40}, "oil": {"": 50}})

    sides = assign_sides(drop, NEW, 0.2, 0)

    assert straddling_groups(drop, sides) == []
    assert count(drop, sides)["good", "validation"] == 20


def test_new_images_follow_their_group_and_the_group_what_is_remembered_of_it():
    known: dict[str, Side] = {"gone": "validation"}
    drop = in_groups({"good": {"part 7": 4, "": 50}, "oil": {"": 50}})

    sides = assign_sides(drop, KnownSides(known, {"part 7": "validation"}), 0.2, 0)

    assert {sides[i.source.content] for i in drop if i.group == "part 7"} == {"validation"}
    assert count(drop, sides)["good", "validation"] == 11


def test_a_group_made_of_images_that_had_sides_follows_their_majority():
    drop = in_groups({"good": {"part 7": 7}, "oil": {"": 50}})
    contents = [image.source.content for image in drop if image.group]
    known: dict[str, Side] = dict.fromkeys(contents[:3], "validation")
    known[contents[3]] = "train"

    sides = assign_sides(drop, KnownSides(known), 0.2, 0)

    assert [sides[content] for content in contents[3:]] == ["train"] + ["validation"] * 3
    assert straddling_groups(drop, sides) == ["part 7"]


def test_another_seed_holds_out_other_groups():
    drop = in_groups({name: {f"{name} {n}": 3 for n in range(40)} for name in ("good", "oil")})

    assert assign_sides(drop, NEW, 0.2, 0) != assign_sides(drop, NEW, 0.2, 1)


def test_the_order_of_images_does_not_matter_to_groups():
    drop = in_groups({name: {f"part {n}": 1 + n % 5 for n in range(30)} for name in ("a", "b")})

    assert assign_sides(drop, NEW, 0.2, 0) == assign_sides(drop[::-1], NEW, 0.2, 0)


def test_a_class_of_two_large_groups_gives_the_smaller_to_validation():
    drop = in_groups({"good": {"part 1": 30, "part 2": 10}, "oil": {"": 50}})

    sides = assign_sides(drop, NEW, 0.05, 0)

    assert count(drop, sides)["good", "validation"] == 10
