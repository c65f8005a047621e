"""Properties of the partition: exact, stratified, seeded, sticky."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from split.objects import Image, Side
from split.partition import partition
from tests.unit.split.builders import images

SIZES = st.dictionaries(
    st.sampled_from(["good", "oil", "scratch", "stain", "Öl & mehr"]),
    st.integers(2, 60),
    min_size=2,
)
SHARES = st.floats(0.05, 0.5)
SEEDS = st.integers(0, 2**32 - 1)


def count(drop: list[Image], sides: dict[str, Side]) -> Counter[tuple[str, Side]]:
    return Counter((image.class_name, sides[image.source.content]) for image in drop)


@settings(deadline=None)
@given(SIZES, SHARES, SEEDS)
def test_every_image_has_one_side_and_every_class_both(sizes, share, seed):
    drop = images(sizes)

    sides = partition(drop, {}, share, seed)

    assert set(sides) == {image.source.content for image in drop}
    for class_name, size in sizes.items():
        validation = count(drop, sides)[class_name, "validation"]
        assert 1 <= validation < size
        assert abs(validation - share * size) <= max(0.5, 1 - share * size) + 1e-9


@settings(deadline=None)
@given(SIZES, SHARES, SEEDS, st.randoms())
def test_the_order_of_listing_does_not_matter(sizes, share, seed, random):
    drop = images(sizes)
    shuffled = random.sample(drop, len(drop))

    assert partition(drop, {}, share, seed) == partition(shuffled, {}, share, seed)


@settings(deadline=None)
@given(SIZES, SIZES, SHARES, SEEDS)
def test_an_image_keeps_its_side_when_others_come_and_go(first, second, share, seed):
    before = partition(images(first), {}, share, seed)

    after = partition(images(second), before, share, seed)

    assert all(after[content] == side for content, side in before.items() if content in after)


@settings(deadline=None)
@given(SIZES, SHARES, SEEDS)
def test_new_images_bring_a_class_to_its_share(sizes, share, seed):
    before = partition(images(sizes), {}, share, seed)
    grown = images({name: size * 3 for name, size in sizes.items()})

    after = partition(grown, before, share, seed)

    for class_name, size in sizes.items():
        validation = count(grown, after)[class_name, "validation"]
        assert validation == max(round(3 * size * share), 1)


def test_another_seed_is_another_partition():
    drop = images({"good": 50, "oil": 50})

    assert partition(drop, {}, 0.2, 0) != partition(drop, {}, 0.2, 1)


def test_a_class_of_known_validation_images_stays_on_that_side():
    drop = images({"good": 10, "oil": 3})
    known: dict[str, Side] = {
        image.source.content: "validation" for image in drop if image.class_name == "oil"
    }

    sides = partition(drop, known, 0.2, 0)

    assert count(drop, sides)["oil", "validation"] == 3


@pytest.mark.parametrize("size", [2, 3])
def test_the_smallest_classes_get_one_validation_image(size: int):
    drop = images({"good": 100, "oil": size})

    assert count(drop, partition(drop, {}, 0.2, 0))["oil", "validation"] == 1
