"""The S3 gateway against moto."""

from __future__ import annotations

import pytest

from common.errors import ConflictError
from common.s3 import Bucket
from tests.support.aws import BUCKET, Stack


@pytest.fixture
def bucket(aws: Stack) -> Bucket:
    return Bucket(BUCKET)


def test_a_missing_object_is_none(bucket: Bucket):
    assert bucket.get("no") is None
    assert bucket.get_with_etag("no") is None
    assert bucket.open("no") is None
    assert bucket.keys("no/") == []


def test_a_written_object_is_read(bucket: Bucket):
    etag = bucket.put("a b+c", b"body")

    stream = bucket.open("a b+c")
    assert stream is not None
    assert stream.read() == b"body"
    assert bucket.get_with_etag("a b+c") == (b"body", etag)


def test_only_the_first_conditional_write_wins(bucket: Bucket):
    bucket.put("k", b"1", only_if_absent=True)

    with pytest.raises(ConflictError):
        bucket.put("k", b"2", only_if_absent=True)
    assert bucket.get("k") == b"1"


def test_a_write_against_an_old_etag_loses(bucket: Bucket):
    old = bucket.put("k", b"1")
    bucket.put("k", b"2", if_match=old)

    with pytest.raises(ConflictError):
        bucket.put("k", b"3", if_match=old)
    with pytest.raises(ConflictError):
        bucket.put("gone", b"3", if_match=old)


def test_an_update_sees_what_another_wrote_meanwhile(bucket: Bucket):
    seen: list[bytes | None] = []

    def change(body: bytes | None) -> bytes:
        seen.append(body)
        if len(seen) == 1:
            bucket.put("k", b"theirs")
        return (body or b"") + b"+ours"

    assert bucket.update("k", change, "text/plain") == b"theirs+ours"
    assert seen == [None, b"theirs"]


def test_an_update_that_always_loses_raises(bucket: Bucket):
    def change(body: bytes | None) -> bytes:
        bucket.put("k", (body or b"") + b"x")
        return b"never written"

    with pytest.raises(ConflictError):
        bucket.update("k", change, "text/plain")
    assert b"never" not in (bucket.get("k") or b"")


def test_an_update_may_leave_the_object_unchanged(bucket: Bucket):
    bucket.put("k", b"1")

    assert bucket.update("k", lambda body: None, "text/plain") is None
    assert bucket.get("k") == b"1"
