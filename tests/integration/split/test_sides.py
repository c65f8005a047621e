"""A content has one side for ever, also when two splits assign at the same time."""

from __future__ import annotations

from collections.abc import Mapping

from common import keys
from common.storage import Bucket
from split.objects import Side
from split.sides import settle
from tests.support.aws import BUCKET, Stack


def all_to(side: Side, *contents: str):
    """Assign what is not known to one side."""

    def assign(known: Mapping[str, Side]) -> dict[str, Side]:
        return {content: known.get(content, side) for content in contents}

    return assign


def test_what_was_assigned_is_remembered(aws: Stack):
    bucket = Bucket(BUCKET)
    settle(bucket, all_to("train", "a", "b"))

    assert settle(bucket, all_to("validation", "b", "c")) == {"b": "train", "c": "validation"}
    assert settle(bucket, all_to("validation", "a")) == {"a": "train"}


def test_the_file_grows_and_is_not_written_when_nothing_is_new(aws: Stack):
    bucket = Bucket(BUCKET)
    settle(bucket, all_to("train", "a"))
    first = bucket.get_with_etag(keys.SIDES)

    settle(bucket, all_to("train", "a"))

    assert bucket.get_with_etag(keys.SIDES) == first


def test_of_two_splits_at_once_the_second_follows_the_first(aws: Stack):
    bucket = Bucket(BUCKET)
    other_is_quicker = [True]

    def assign(known: Mapping[str, Side]) -> dict[str, Side]:
        if other_is_quicker.pop() if other_is_quicker else False:
            settle(bucket, all_to("validation", "a"))
        return all_to("train", "a", "b")(known)

    assert settle(bucket, assign) == {"a": "validation", "b": "train"}
