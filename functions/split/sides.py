"""Remembers for ever on which side each content is: `splits/sides.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from common import keys
from common.storage import JSON_LINES, Bucket
from split.objects import Side


def settle(
    bucket: Bucket, assign: Callable[[Mapping[str, Side]], dict[str, Side]]
) -> dict[str, Side]:
    """Assign sides with what is known, remember the new ones, and return the sides assigned.

    Two splits at once must not give one content two sides: the loser of the conditional write
    assigns again with what the winner wrote.

    Raises:
        ConflictError: others kept writing; Lambda retries the event.
    """
    sides: dict[str, Side] = {}

    def change(body: bytes | None) -> bytes | None:
        known = _read(body or b"")
        sides.clear()
        sides.update(assign(known))
        new = {content: side for content, side in sides.items() if content not in known}
        return (body or b"") + _write(new) if new else None

    bucket.update(keys.SIDES, change, JSON_LINES)
    return sides


def _read(body: bytes) -> dict[str, Side]:
    rows = (json.loads(line) for line in body.splitlines())
    return {row["content"]: row["side"] for row in rows}


def _write(sides: Mapping[str, Side]) -> bytes:
    rows = (
        json.dumps({"content": content, "side": side}) + "\n"
        for content, side in sorted(sides.items())
    )
    return "".join(rows).encode()
