"""Identifies images that were uploaded in parts by their content: `splits/parts.jsonl`.

The ETag of an object uploaded in parts ("…-3") depends on the parts, so a listing can't show that
it contains the same as another object. Its copy can: CopyObject writes it as a whole, and the ETag
of an object written as a whole is the MD5 of its bytes. So the copies, which a split makes and
lists anyway, show which contents are the same, without another request per image.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html

The content that was seen first keeps its name, so that nothing changes its side.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from common import keys
from common.s3 import JSON_LINES, Bucket
from split.images import RawObject
from split.partition.dataset import AssignedImage
from split.partition.sides import recorded_contents

# "is" is a keyword. A content, and the content as which it is known.
KnownAs = TypedDict("KnownAs", {"content": str, "is": str})


def known_contents(bucket: Bucket) -> dict[str, str]:
    """Return the contents that are known under another name, with that name."""
    return _read(bucket.get(keys.PARTS))


def name_contents(objects: list[RawObject], known: Mapping[str, str]) -> list[RawObject]:
    """Give each object the name under which its content is known."""
    if not known:
        return objects
    return [
        replace(source, known_content=known[source.content]) if source.content in known else source
        for source in objects
    ]


def shows_duplicates(
    bucket: Bucket,
    sides_key: str,
    images: Sequence[AssignedImage],
    copies: Iterable[RawObject],
) -> bool:
    """Record what the copies of multipart images contain; return whether to split again.

    That is: whether one is the same as another image of this drop or of an earlier one.
    """
    by_key = {copy.key: copy for copy in copies}
    known = known_contents(bucket) if by_key else {}
    pairs = (
        (item.image.source.content, by_key[item.copy_key].content)
        for item in images
        if item.image.source.is_multipart and item.copy_key in by_key
    )
    news = {
        content: whole
        for content, whole in pairs
        if content != whole and known.get(whole) != content
    }
    if not news:
        return False
    wholes = {*news.values()}
    existing = {item.image.source.content for item in images} & wholes
    existing |= recorded_contents(bucket, sides_key, wholes)
    return record_contents(bucket, news, existing)


def record_contents(bucket: Bucket, contents: Mapping[str, str], existing: Container[str]) -> bool:
    """Record the contents of multipart images; return whether one is the same as an existing one.

    `existing` are those of the copies' contents that have a side or are in this drop.
    """
    same = False

    def add_rows(body: bytes | None) -> bytes | None:
        nonlocal same
        same, known = False, _read(body)
        before = len(known)
        for content, whole in sorted(contents.items()):
            first = known.get(whole) or (whole if whole in existing else content)
            if first == content:
                known.setdefault(whole, content)
            else:
                known[content] = first
                same = True
        new = list(known.items())[before:]
        rows: list[KnownAs] = [{"content": content, "is": first} for content, first in new]
        lines = (json.dumps(row) + "\n" for row in rows)
        return (body or b"") + "".join(lines).encode() if rows else None

    bucket.update(keys.PARTS, add_rows, JSON_LINES)
    return same


def _read(body: bytes | None) -> dict[str, str]:
    rows: Iterable[KnownAs] = (json.loads(line) for line in (body or b"").splitlines())
    return {row["content"]: row["is"] for row in rows}
