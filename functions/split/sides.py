"""Remembers for ever on which side each content is: `splits/sides.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from common import keys
from common.errors import BusyError, ConflictError
from common.storage import JSON_LINES, Bucket
from split.objects import Side

ATTEMPTS = 5


def settle(
    bucket: Bucket, assign: Callable[[Mapping[str, Side]], dict[str, Side]]
) -> dict[str, Side]:
    """Assign sides with what is known, remember the new ones, and return the sides assigned.

    Two splits at once must not give one content two sides, so the file is written only if nobody
    wrote it since it was read; the loser assigns again with what the winner wrote.

    Raises:
        BusyError: others kept writing; Lambda retries the event.
    """
    for _ in range(ATTEMPTS):
        stored = bucket.get_with_etag(keys.SIDES)
        known = _read(stored.body) if stored else {}
        sides = assign(known)
        new = {content: side for content, side in sides.items() if content not in known}
        if not new:
            return sides
        body = (stored.body if stored else b"") + _write(new)
        try:
            bucket.put(
                keys.SIDES,
                body,
                JSON_LINES,
                only_if_absent=stored is None,
                if_match=stored.etag if stored else None,
            )
        except ConflictError:
            continue
        return sides
    raise BusyError(f"{keys.SIDES} is being written by other splits")


def _read(body: bytes) -> dict[str, Side]:
    rows = (json.loads(line) for line in body.splitlines())
    return {row["content"]: row["side"] for row in rows}


def _write(sides: Mapping[str, Side]) -> bytes:
    rows = (
        json.dumps({"content": content, "side": side}) + "\n"
        for content, side in sorted(sides.items())
    )
    return "".join(rows).encode()
