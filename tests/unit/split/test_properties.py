"""Properties of the split for any drop, whatever was dropped before.

Drops are drawn at random (hypothesis): few classes, groups, contents and names, so that duplicates,
contradictions, shared groups and returning images come about often.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from common import keys
from split.drop.cleaning import clean
from split.drop.refusal import Refusal, refusal_of_sides
from split.images import CleanedDrop
from split.manifest import write_manifest
from split.partition.assignment import assign_sides, straddling_groups
from split.partition.dataset import Dataset, KnownSides, Side, dataset_of
from split.partition.sides import assign_and_record
from tests.support.memory_bucket import MemoryBucket
from tests.unit.split.builders import raw

CLASSES = ("good", "oil", "Öl & Fett")
GROUPS = ("", "part 1/", "part 2/", "part 3/", "part 4/left/")
JUNK = ("raw/_READY", "raw/oil/", "raw/.DS_Store", "raw/oil/notes.txt", "raw/1.jpg", "raw/a/x.bin")

Drop = dict[str, int]
"""What lies under `raw/`: the number of the content under each key."""

FILES = st.builds(
    "raw/{}/{}{}.jpg".format,
    st.sampled_from(CLASSES),
    st.sampled_from(GROUPS),
    st.sampled_from(["1", "2", "a b+c", "ä"]),
)
DROPS: st.SearchStrategy[Drop] = st.dictionaries(
    FILES | st.sampled_from(JUNK), st.integers(0, 30), max_size=40
)
POOL = [
    f"raw/{class_name}/{group}{name}.jpg"
    for class_name, group, name in product(CLASSES, GROUPS, "12")
]
PARTS_OF_A_POOL: st.SearchStrategy[Drop] = st.sets(st.sampled_from(POOL), max_size=12).map(
    lambda keys: {key: POOL.index(key) for key in sorted(keys)}
)
IN_GROUPS: st.SearchStrategy[Drop] = st.dictionaries(
    st.sampled_from([folder.rpartition("/")[0] for folder in POOL if folder.count("/") > 2]),
    st.integers(1, 6),
    min_size=2,
    max_size=8,
).map(
    lambda sizes: {
        f"{folder}/{n}.jpg": 100 * number + n
        for number, (folder, size) in enumerate(sorted(sizes.items()))
        for n in range(size)
    }
)
SHARES = st.sampled_from([0.05, 0.2, 0.25, 0.5])
SEEDS = st.integers(0, 2**32 - 1)
quick = settings(max_examples=30)


class Splitter:
    """The split without S3: what it remembers, and one split after the other."""

    def __init__(self, share: float, seed: int) -> None:
        self.share, self.seed = share, seed
        self.bucket = MemoryBucket("bucket", {})

    def split(self, drop: Drop, *, refuses: bool = False) -> tuple[CleanedDrop, Dataset | None]:
        """Split a drop; `refuses` a class on one side only, as the handler does."""
        cleaned = listed(drop)

        def assign(known: KnownSides) -> Mapping[str, Side] | Refusal:
            sides = assign_sides(cleaned.images, known, self.share, self.seed)
            return (refuses and refusal_of_sides(cleaned.images, sides, known)) or sides

        settled = assign_and_record(self.bucket, keys.SIDES, cleaned.images, assign)
        if isinstance(settled, Refusal):
            return cleaned, None
        return cleaned, dataset_of(cleaned.images, settled)

    def sides(self, drop: Drop) -> dict[str, Side]:
        return sides_of(self.split(drop)[1])


def listed(drop: Drop) -> CleanedDrop:
    return clean([raw(key, str(content)) for key, content in drop.items()], {})


def sides_of(dataset: Dataset | None) -> dict[str, Side]:
    assert dataset is not None
    return {assigned.image.source.content: assigned.side for assigned in dataset.images}


@quick
@given(DROPS, SHARES, SEEDS)
def test_every_object_is_in_the_manifest_once_with_its_side_or_its_reason(drop, share, seed):
    cleaned, dataset = Splitter(share, seed).split(drop)

    rows = [json.loads(line) for line in write_manifest(cleaned, dataset).splitlines()]

    assert [row["key"] for row in rows] == sorted(drop)
    assert all((row.get("side") in ("train", "validation")) != ("left_out" in row) for row in rows)


@quick
@given(DROPS, SHARES, SEEDS)
def test_no_content_is_on_both_sides_and_no_copy_is_another_s(drop, share, seed):
    _, dataset = Splitter(share, seed).split(drop)

    assert dataset is not None
    contents = Counter(assigned.image.source.content for assigned in dataset.images)
    copies = Counter(assigned.copy_key for assigned in dataset.images)
    assert set(contents.values()) <= {1}
    assert set(copies.values()) <= {1}
    for assigned in dataset.images:
        assert assigned.copy_key.startswith(keys.side(assigned.side))


@quick
@given(DROPS | IN_GROUPS, SHARES, SEEDS)
def test_every_class_is_on_both_sides_wherever_whole_groups_allow(drop, share, seed):
    images = listed(drop).images
    sides = assign_sides(images, KnownSides(), share, seed)

    if refusal_of_sides(images, sides, KnownSides()):
        units = sorted({image.group or image.source.content for image in images if image.group})
        single = Counter(image.class_name for image in images if image.group is None)
        assert not any(
            all(
                len(sides) == 2 or (len(sides) == 1 and single[name]) or single[name] > 1
                for name, sides in two_sided(images, dict(zip(units, choice, strict=True))).items()
            )
            for choice in product(("train", "validation"), repeat=len(units))
        )


def two_sided(images: Any, choice: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the sides of each class's groups, were they divided like this."""
    sides: defaultdict[str, set[str]] = defaultdict(set)
    for image in images:
        sides[image.class_name] |= {choice[image.group]} if image.group else set()
    return sides


@quick
@given(DROPS, SHARES, SEEDS)
def test_a_class_without_groups_is_as_near_its_share_as_whole_images_allow(drop, share, seed):
    single = {key: content for key, content in drop.items() if key.count("/") == 2}
    images = listed(single).images

    sides = assign_sides(images, KnownSides(), share, seed)

    for name in {image.class_name for image in images}:
        contents = [image.source.content for image in images if image.class_name == name]
        validation = sum(sides[content] == "validation" for content in contents)
        nearest = min(max(round(share * len(contents)), 1), len(contents) - 1)
        assert validation == nearest


@quick
@given(DROPS, SHARES, SEEDS, st.randoms())
def test_the_order_of_listing_changes_nothing(drop, share, seed, random):
    shuffled = dict(random.sample(list(drop.items()), len(drop)))

    first, second = Splitter(share, seed), Splitter(share, seed)
    assert write_manifest(*first.split(drop)) == write_manifest(*second.split(shuffled))
    assert first.bucket.objects == second.bucket.objects


@quick
@given(st.lists(DROPS, min_size=2, max_size=5), SHARES, SEEDS)
def test_a_content_keeps_its_side_whatever_else_comes_and_goes(history, share, seed):
    """Additions, removals, renames, relabels, other groups, and returning after an absence."""
    splitter = Splitter(share, seed)
    ever: dict[str, Side] = {}
    for drop in history:
        sides = splitter.sides(drop)
        assert {content: ever.get(content, side) for content, side in sides.items()} == sides
        ever |= sides


@quick
@given(st.lists(PARTS_OF_A_POOL, min_size=1, max_size=6), SHARES, SEEDS)
def test_groups_never_straddle_while_images_stay_in_their_group(history, share, seed):
    """Also when a group is gone, comes with other images, and then with those of before."""
    splitter = Splitter(share, seed)
    for drop in history:
        assert straddling_groups(listed(drop).images, splitter.sides(drop)) == []


@quick
@given(st.lists(DROPS, min_size=1, max_size=4), SHARES, SEEDS)
def test_again_is_the_same_dataset_and_nothing_new_to_remember(history, share, seed):
    splitter = Splitter(share, seed)
    for drop in history:
        first = splitter.split(drop)
        remembered = dict(splitter.bucket.objects)

        assert splitter.split(drop) == first
        assert splitter.bucket.objects == remembered


@quick
@given(st.lists(DROPS, min_size=1, max_size=4), DROPS, SHARES, SEEDS)
def test_a_refused_drop_leaves_no_trace(history, refused, share, seed):
    splitter = Splitter(share, seed)
    for drop in history:
        splitter.split(drop)
    before = dict(splitter.bucket.objects)

    _, dataset = splitter.split(refused, refuses=True)

    if dataset is None:
        assert splitter.bucket.objects == before


@quick
@given(DROPS, DROPS, DROPS, SHARES, SEEDS)
def test_histories_that_end_in_the_same_sides_and_no_others_end_in_the_same_dataset(
    history, other, last, share, seed
):
    ends = []
    for before in (history, other):
        splitter = Splitter(share, seed)
        splitter.split(before)
        ends.append(splitter.split(last)[1])

    first, second = ends
    assert first is not None
    assert second is not None
    assert (first.identity == second.identity) == (sides_of(first) == sides_of(second))


@quick
@given(DROPS, st.data())
def test_sides_and_labels_are_part_of_a_dataset_s_identity(drop, data):
    images = listed(drop).images
    sides = assign_sides(images, KnownSides(), 0.2, 0)
    if not images:
        return
    image = data.draw(st.sampled_from(images))
    content = image.source.content
    turned: Side = "train" if sides[content] == "validation" else "validation"
    relabelled = [replace(image, class_name="other") if i is image else i for i in images]

    identity = dataset_of(images, sides).identity

    assert dataset_of(images, sides | {content: turned}).identity != identity
    assert dataset_of(relabelled, sides).identity != identity


@quick
@given(DROPS, SHARES, SEEDS, st.sets(st.sampled_from(JUNK)))
def test_junk_keeps_the_dataset(drop, share, seed, junk):
    splitter = Splitter(share, seed)
    clear = {key: content for key, content in drop.items() if key not in JUNK}

    _, before = splitter.split(clear)
    _, after = splitter.split(clear | dict.fromkeys(junk, 99))

    assert before is not None
    assert after is not None
    assert after.identity == before.identity
    assert splitter.split(clear) == splitter.split(clear)


@quick
@given(DROPS, SHARES, SEEDS, st.sampled_from(["renamed ", "deeper/", "new group/x/"]))
def test_renames_keep_the_dataset(drop, share, seed, prefix):
    splitter = Splitter(share, seed)
    renamed = {}
    for key, content in drop.items():
        class_name, *rest = key.removeprefix(keys.RAW).split("/")
        renamed[f"raw/{class_name}/{prefix}{'/'.join(rest)}" if rest else key] = content

    _, before = splitter.split(drop)
    _, after = splitter.split(renamed)

    assert before is not None
    assert after is not None
    assert after.identity == before.identity


@quick
@given(DROPS, SHARES, SEEDS)
def test_names_do_not_decide_about_sides(drop, share, seed):
    """Also when the files were never called otherwise: folders count, file names do not."""
    renamed = {}
    for key, content in drop.items():
        folder, _, name = key.rpartition("/")
        other = f"{folder}/{(7 * content) % 31}.jpg"
        renamed[other if name.endswith(".jpg") and folder != "raw" else key] = content

    dataset, other = Splitter(share, seed).split(drop)[1], Splitter(share, seed).split(renamed)[1]

    assert dataset is not None
    assert other is not None
    assert dataset.identity == other.identity
