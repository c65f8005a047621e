"""Comparing an object with its copy."""

from __future__ import annotations

import pytest

from split.images import RawObject

SINGLE = RawObject("raw/a/1.jpg", 100, "0cc1")
MULTIPART = RawObject("raw/a/2.jpg", 100, "0cc1-7")


@pytest.mark.parametrize(
    ("source", "size", "etag", "is_copy"),
    [
        (SINGLE, 100, "0cc1", True),
        (SINGLE, 100, "beef", False),
        (SINGLE, 99, "0cc1", False),
        (MULTIPART, 100, "beef", True),
        (MULTIPART, 99, "beef", False),
    ],
)
def test_a_copy_is_recognised_by_size_and_if_possible_by_content(
    source: RawObject, size: int, etag: str, is_copy: bool
):
    assert source.is_copied_by(RawObject("datasets/x", size, etag)) is is_copy


def test_a_missing_object_is_no_copy():
    assert not SINGLE.is_copied_by(None)
