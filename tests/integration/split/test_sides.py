"""A content keeps its side for good, also when two splits assign at the same time."""

from __future__ import annotations

from collections.abc import Mapping

from common import keys
from common.s3 import Bucket
from split.drop.refusal import Refusal
from split.partition.dataset import KnownSides, Side
from split.partition.sides import assign_and_record, other_partitions
from tests.support.aws import BUCKET, Stack
from tests.unit.split.builders import image


def all_to(side: Side, *contents: str):
    """Assign what is not known to one side."""

    def assign(known: KnownSides) -> dict[str, Side]:
        return {content: known.sides.get(content, side) for content in contents}

    return assign


def test_what_was_assigned_is_remembered(aws: Stack):
    bucket = Bucket(BUCKET)
    assign_and_record(bucket, keys.SIDES, [], all_to("train", "a", "b"))

    assert assign_and_record(bucket, keys.SIDES, [], all_to("validation", "b", "c")) == {
        "b": "train",
        "c": "validation",
    }
    assert assign_and_record(bucket, keys.SIDES, [], all_to("validation", "a")) == {"a": "train"}


def test_the_file_grows_and_is_not_written_when_nothing_is_new(aws: Stack):
    bucket = Bucket(BUCKET)
    assign_and_record(bucket, keys.SIDES, [], all_to("train", "a"))
    first = bucket.get_with_etag(keys.SIDES)

    assign_and_record(bucket, keys.SIDES, [], all_to("train", "a"))

    assert bucket.get_with_etag(keys.SIDES) == first


def test_of_two_splits_at_once_the_second_follows_the_first(aws: Stack):
    bucket = Bucket(BUCKET)
    other_is_quicker = [True]

    def assign(known: KnownSides) -> Mapping[str, Side] | Refusal:
        if other_is_quicker.pop() if other_is_quicker else False:
            assign_and_record(bucket, keys.SIDES, [], all_to("validation", "a"))
        return all_to("train", "a", "b")(known)

    assert assign_and_record(bucket, keys.SIDES, [], assign) == {"a": "validation", "b": "train"}


def test_a_refused_drop_binds_no_image(aws: Stack):
    bucket = Bucket(BUCKET)
    refusal = Refusal("one-group", "One group.", "Drop another.")

    assert assign_and_record(bucket, keys.SIDES, [], lambda _: refusal) is refusal
    assert bucket.get(keys.SIDES) is None


def test_the_first_image_of_a_group_decides_for_it(aws: Stack):
    bucket = Bucket(BUCKET)
    drop = [image("oil", f"part 7/{name}.jpg", name) for name in "ab"]
    first, second = (item.source.content for item in drop)
    seen: list[KnownSides] = []

    def remember(known: KnownSides) -> dict[str, Side]:
        seen.append(known)
        return {second: "train"}

    assign_and_record(bucket, keys.SIDES, drop, all_to("validation", first))
    assign_and_record(bucket, keys.SIDES, drop, remember)
    assign_and_record(bucket, keys.SIDES, [], remember)

    assert [known.groups for known in seen] == [{"part 7": "validation"}] * 2


def test_each_partition_has_its_own_file_and_knows_of_the_others(aws: Stack):
    bucket = Bucket(BUCKET)
    assign_and_record(bucket, keys.SIDES, [], all_to("train", "a"))
    other = keys.sides(7, 0.25)
    assign_and_record(bucket, other, [], all_to("validation", "a"))
    aws.put("splits/sides.txt")

    assert assign_and_record(bucket, keys.SIDES, [], all_to("validation", "a")) == {"a": "train"}
    assert other_partitions(bucket, other) == [(0, 0.2)]
    assert other_partitions(bucket, keys.SIDES) == [(7, 0.25)]
