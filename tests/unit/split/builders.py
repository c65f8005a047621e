"""Builds drops for tests."""

from __future__ import annotations

from hashlib import md5

from split.drop.cleaning import group_of
from split.images import Image, RawObject


def raw(key: str, content: str | None = None, size: int = 50_000) -> RawObject:
    """Make a listed object; without `content` its key decides its content."""
    etag = md5((content or key).encode(), usedforsecurity=False).hexdigest()
    return RawObject(key, size, etag)


def image(class_name: str, name: str, content: str | None = None) -> Image:
    """Make an image of a class."""
    key = f"raw/{class_name}/{name}"
    return Image(raw(key, content), class_name, group_of(key))


def images(sizes: dict[str, int]) -> list[Image]:
    """Make so many images of each class."""
    return [
        image(class_name, f"{number}.jpg")
        for class_name, size in sizes.items()
        for number in range(size)
    ]
