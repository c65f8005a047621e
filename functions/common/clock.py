"""Times as the pipeline writes them: UTC, ISO 8601, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware of its zone."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Write a moment, for example `2026-11-22T12:00:00Z`; sub-seconds are kept when there are."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` or AWS wrote.

    Raises:
        ValueError: the text is no ISO 8601 time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
