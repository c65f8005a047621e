"""Remembers for ever on which side each content is: `splits/sides.jsonl`.

Seed and share make a partition, and each partition has a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping

from common import keys
from common.s3 import JSON_LINES, Bucket
from split.objects import Image, Known, Side
from split.refusal import Refusal

Assign = Callable[[Known], Mapping[str, Side] | Refusal]


def settle(
    bucket: Bucket, key: str, images: Iterable[Image], assign: Assign
) -> Mapping[str, Side] | Refusal:
    """Assign sides with what is known, remember the new ones, and return the sides assigned.

    Two splits at once must not give one content two sides: the loser of the conditional write
    assigns again with what the winner wrote. Of a drop that is refused nothing is remembered, or
    its images would be bound to sides that nobody ever used.

    Raises:
        ConflictError: others kept writing; Lambda retries the event.
    """
    groups = {image.source.content: image.group for image in images}
    outcome: Mapping[str, Side] | Refusal = {}

    def change(body: bytes | None) -> bytes | None:
        nonlocal outcome
        known = _read(body or b"")
        outcome = assign(known)
        if isinstance(outcome, Refusal):
            return None
        new = {content: side for content, side in outcome.items() if content not in known.sides}
        return (body or b"") + _write(new, groups) if new else None

    bucket.update(key, change, JSON_LINES)
    return outcome


def contents(bucket: Bucket, key: str, wanted: Container[str]) -> set[str]:
    """Return which of the contents `wanted` have a side."""
    rows = (json.loads(line) for line in (bucket.get(key) or b"").splitlines())
    return {row["content"] for row in rows if row["content"] in wanted}


def other_partitions(bucket: Bucket, key: str) -> list[tuple[int, float]]:
    """Return the seed and share of every other partition that was ever made of this bucket."""
    found = (keys.partition_of_sides(other) for other in bucket.keys(keys.SIDES_PREFIX))
    here = keys.partition_of_sides(key)
    return sorted(partition for partition in found if partition and partition != here)


def _read(body: bytes) -> Known:
    sides: dict[str, Side] = {}
    groups: dict[str, Side] = {}
    for line in body.splitlines():
        row = json.loads(line)
        sides[row["content"]] = row["side"]
        if "group" in row:
            # The first image of a group decides for all that come later.
            groups.setdefault(row["group"], row["side"])
    return Known(sides, groups)


def _write(sides: Mapping[str, Side], groups: Mapping[str, str | None]) -> bytes:
    rows = []
    for content, side in sorted(sides.items()):
        group = groups.get(content)
        row = {"content": content, "side": side} | ({} if group is None else {"group": group})
        rows.append(json.dumps(row) + "\n")
    return "".join(rows).encode()
