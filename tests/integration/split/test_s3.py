"""Listing, reading and copying many objects against moto."""

from __future__ import annotations

import time
from typing import Any

import pytest

from common.errors import OutOfTimeError
from common.schedule import window_name
from split.drop.reasons import GONE
from split.handler import handle
from split.images import RawObject
from split.s3 import copying, listing, stores
from split.s3.workers import RESERVE_SECONDS
from tests.support.aws import BUCKET, Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings

ODD = ["raw/a//1.png", "raw/a/./2.png", "raw/a/tab\t3.png"]
AWKWARD = [
    "raw/100% +#&=;,?/x y.png",
    "raw/a/q'\"\\x.png",
    "raw/a/[1]{2}^`|~.png",
    "raw/a/\u00e4.png",
    "raw/a/a\u0308.png",
    "raw/a/\U0001f600.png",
    "raw/a/%41.png",
    "raw/a/A.png",
    "raw/a/a.png",
    "raw/a/" + "x" * 1014 + ".png",
]


def keys_listed(prefix: str = "raw/") -> list[str]:
    return sorted(item.key for item in listing.list_objects(BUCKET, prefix))


def test_folder_markers_keep_their_slash(aws: Stack):
    keys = ["raw/", "raw/a/", "raw/a/1.png", "raw/a/sub/", "raw/b/1.png", "raw/b/1.png/", "raw/c"]
    for key in keys:
        aws.put(key, b"" if key.endswith("/") else png(key))

    assert keys_listed() == sorted(keys)


def test_many_empty_objects_and_markers_are_distinguished_with_one_listing(aws: Stack):
    keys = [f"raw/a/{number}.png" for number in range(listing.MAXIMUM_UNCLEAR_KEYS + 1)] + [
        "raw/a/sub/"
    ]
    for key in [*keys, "raw/b/1.png"]:
        aws.put(key)

    assert keys_listed() == sorted([*keys, "raw/b/1.png"])


@pytest.mark.parametrize("extra", [[], ODD], ids=["plain", "with odd ones"])
def test_every_legal_key_is_listed_read_and_copied(aws: Stack, extra: list[str]):
    keys = sorted([*AWKWARD, *extra])
    for key in keys:
        aws.put(key, png(key))

    assert keys_listed() == keys
    objects = [RawObject(key, len(png(key)), "") for key in keys]
    first_bytes = copying.read_first_bytes(BUCKET, objects, 12)
    assert first_bytes == {key: png(key)[:12] for key in keys}
    assert (
        copying.copy_all(BUCKET, [(key, f"datasets/{n}.png") for n, key in enumerate(keys)]) == {}
    )
    assert [aws.get(f"datasets/{n}.png") for n in range(len(keys))] == [png(key) for key in keys]


def test_a_slash_at_the_end_is_not_another_object(aws: Stack):
    aws.put("raw/a/x.png", png("x"))

    failures = copying.copy_all(BUCKET, [("raw/a/x.png/", "datasets/x.png")])

    assert failures == {"raw/a/x.png/": GONE}
    assert aws.keys("datasets/") == []


def test_a_missing_object_is_reported_and_the_others_are_copied(aws: Stack):
    aws.put("raw/a/1.png", png("1"))

    failures = copying.copy_all(
        BUCKET, [("raw/a/gone.png", "datasets/0.png"), ("raw/a/1.png", "datasets/1.png")]
    )

    assert failures == {"raw/a/gone.png": GONE}
    assert aws.keys("datasets/") == ["datasets/1.png"]
    gone = RawObject("raw/a/gone.png", 5, "")
    assert copying.read_first_bytes(BUCKET, [gone], 4) == {}


def test_a_split_out_of_time_says_how_far_it_came(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    set_split_settings(monkeypatch)
    aws.put_images({"good": 12, "oil": 10})
    event = load_event("scheduler/window") | {"window": window_name(1_790_000_000)}
    milliseconds = int(1000 * RESERVE_SECONDS) - 1

    with pytest.raises(OutOfTimeError):
        handle(event, LambdaContext(remaining_milliseconds=milliseconds))

    drop = aws.status()["drop"]
    assert drop["state"] == "splitting"
    assert drop["sentence"].startswith("Copied 0 of 22 images in this attempt; the next")
    assert drop["sentence"].endswith("drop raw/_READY.")
    assert handle(event, LambdaContext())["status"] == "ready"
    assert aws.status()["drop"]["state"] == "ready"


def test_all_threads_share_one_store_and_its_connections(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    """Making one takes a while, in which every thread of a cold start would make its own."""
    for number in range(40):
        aws.put(f"raw/a/{number}.png", png(str(number)))
    stores_made: list[str] = []
    make = stores.S3Store

    def slowly(bucket: str, **options: Any) -> Any:
        stores_made.append(bucket)
        time.sleep(0.1)
        return make(bucket, **options)

    monkeypatch.setattr(stores, "S3Store", slowly)
    listed = [RawObject(f"raw/a/{number}.png", 10, "") for number in range(40)]

    copying.read_first_bytes(BUCKET, listed, 10)
    stores.store.cache_clear()
    copying.copy_all(BUCKET, [(item.key, f"datasets/{item.key}") for item in listed])

    assert stores_made == [BUCKET] * 2
