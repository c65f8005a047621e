"""Knows a picture that was uploaded in parts by what it holds: `splits/parts.jsonl`.

The ETag of an object uploaded in parts ("…-3") depends on the parts, so a listing can't tell that
it holds what another object holds. Its copy can: CopyObject writes it whole, and the ETag of what
is written whole is the MD5 of its bytes. So the copies, which a split makes and lists anyway, tell
which contents are one, and no picture is read or asked about for it.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html

The content that was seen first keeps its name, so that nothing changes its side.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import replace

from common import keys
from common.s3 import JSON_LINES, Bucket
from split.objects import Dataset, RawObject


def names(bucket: Bucket) -> dict[str, str]:
    """Return the name of each content that is known under another one."""
    return _read(bucket.get(keys.PARTS))


def named(objects: list[RawObject], known: Mapping[str, str]) -> list[RawObject]:
    """Give each object the name that its content has."""
    if not known:
        return objects
    return [
        replace(item, same_as=known[item.content]) if item.content in known else item
        for item in objects
    ]


def wholes(
    dataset: Dataset, copies: Mapping[str, RawObject], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the content of the copy of each content in parts, but what is known already."""
    pairs = (
        (item.image.source.content, copies[item.copy_key].content)
        for item in dataset.images
        if item.image.source.in_parts and item.copy_key in copies
    )
    return {
        content: whole
        for content, whole in pairs
        if content != whole and known.get(whole) != content
    }


def remember(bucket: Bucket, found: Mapping[str, str], known: Container[str]) -> bool:
    """Remember what the copies tell.

    Args:
        bucket: of the stack.
        found: what `wholes` returned.
        known: which of the copies' contents have a side, or are in this drop.

    Returns:
        Whether some content turned out to be another one that is known: the drop has to be
        split again.
    """
    again = False

    def change(body: bytes | None) -> bytes | None:
        nonlocal again
        again, rows = False, _read(body)
        before = len(rows)
        for content, whole in sorted(found.items()):
            first = rows.get(whole) or (whole if whole in known else content)
            if first == content:
                rows.setdefault(whole, content)
            else:
                rows[content] = first
                again = True
        new = list(rows.items())[before:]
        lines = (json.dumps({"content": content, "is": first}) + "\n" for content, first in new)
        return (body or b"") + "".join(lines).encode() if new else None

    bucket.update(keys.PARTS, change, JSON_LINES)
    return again


def _read(body: bytes | None) -> dict[str, str]:
    rows = (json.loads(line) for line in (body or b"").splitlines())
    return {row["content"]: row["is"] for row in rows}
