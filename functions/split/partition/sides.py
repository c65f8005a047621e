"""Records for good which side each content is on: `splits/sides.jsonl`.

Seed and share define a partition, and each partition has a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import NotRequired, TypedDict, TypeVar

from common import keys
from common.s3 import JSON_LINES, Bucket
from split.images import Image
from split.partition.dataset import KnownSides, Side, Sides

Refused = TypeVar("Refused")


class SideRow(TypedDict):
    """A line of the file: a content, its side and, if it has one, its group."""

    content: str
    side: Side
    group: NotRequired[str]


def assign_and_record(
    bucket: Bucket,
    key: str,
    images: Iterable[Image],
    assign: Callable[[KnownSides], Sides | Refused],
) -> Sides | Refused:
    """Assign sides, knowing those of earlier splits; record the new ones and return all.

    Two splits at once must not give one content two sides: the loser of the conditional write
    assigns again with the winner's sides. A refused drop records nothing, or its images would be
    bound to sides that nobody ever used.

    Raises:
        ConflictError: others kept writing; Lambda retries the event.
    """
    groups = {image.source.content: image.group for image in images}
    sides: Sides | Refused = {}

    def add_new_sides(body: bytes | None) -> bytes | None:
        nonlocal sides
        known = _known_sides(body)
        sides = assign(known)
        if not isinstance(sides, Mapping):
            return None
        new = {content: side for content, side in sides.items() if content not in known.sides}
        return (body or b"") + _write(new, groups) if new else None

    bucket.update(key, add_new_sides, JSON_LINES)
    return sides


def recorded_contents(bucket: Bucket, key: str, wanted: Container[str]) -> set[str]:
    """Return those of the `wanted` contents that have a side."""
    return {row["content"] for row in _rows(bucket.get(key)) if row["content"] in wanted}


def other_partitions(bucket: Bucket, key: str) -> list[tuple[int, float]]:
    """Return seed and share of every other partition that was ever made of this bucket."""
    partitions = {keys.partition_of_sides(other) for other in bucket.keys(keys.SIDES_PREFIX)}
    partitions -= {keys.partition_of_sides(key), None}
    return sorted(partition for partition in partitions if partition)


def _rows(body: bytes | None) -> Iterator[SideRow]:
    return (json.loads(line) for line in (body or b"").splitlines())


def _known_sides(body: bytes | None) -> KnownSides:
    sides: dict[str, Side] = {}
    groups: dict[str, Side] = {}
    for row in _rows(body):
        sides[row["content"]] = row["side"]
        if "group" in row:
            # The first image of a group decides for all that come later.
            groups.setdefault(row["group"], row["side"])
    return KnownSides(sides, groups)


def _write(sides: Sides, groups: Mapping[str, str | None]) -> bytes:
    rows = []
    for content, side in sorted(sides.items()):
        row: SideRow = {"content": content, "side": side}
        if (group := groups.get(content)) is not None:
            row["group"] = group
        rows.append(json.dumps(row) + "\n")
    return "".join(rows).encode()
