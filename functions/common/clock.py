"""The clock, and times as documents have them: ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Write a time, for example `2026-11-22T12:00:00Z`; fractions of a second are kept."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` or AWS wrote.

    Raises:
        ValueError: the text isn't an ISO 8601 time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
