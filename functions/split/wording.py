"""Writes lists and names for sentences: never longer than a reader bears, never two alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import category, normalize

from common import keys

EXAMPLES = 5
REASONS = 3


def some(texts: Sequence[str]) -> str:
    """List the first few, and say how many more there are."""
    more = len(texts) - EXAMPLES
    return ", ".join(texts[:EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")


def folders(names: Iterable[str]) -> str:
    """List folders of classes."""
    return some([f"{keys.RAW}{name}/" for name in names])


def counted(reasons: Mapping[str, int]) -> str:
    """List the most frequent reasons with their numbers."""
    most = Counter(reasons).most_common()
    shown = ", ".join(f"{reason} ({count:,})" for reason, count in most[:REASONS])
    return shown + (f" and {len(most) - REASONS} more reasons" if len(most) > REASONS else "")


def alike(name: str) -> str:
    """Return what names share that a reader takes for one."""
    return " ".join(_on_a_page(name).casefold().split())


def told_apart(names: Iterable[str]) -> dict[str, str]:
    """Quote each name, and say how it's written where two would look the same on a page."""
    names = list(names)
    seen = Counter(_on_a_page(name) for name in names)
    return {
        name: f"'{name}'" + (f" ({_spelling(name)})" if seen[_on_a_page(name)] > 1 else "")
        for name in names
    }


def _on_a_page(name: str) -> str:
    """Return what a name looks like: letters composed, spaces all the same, joiners unseen."""
    if name.isascii():
        return name
    return "".join(
        " " if character.isspace() else character
        for character in normalize("NFC", name)
        if category(character) != "Cf"
    )


def _spelling(name: str) -> str:
    composed, decomposed = normalize("NFC", name), normalize("NFD", name)
    if composed != decomposed and name == composed:
        return "as Windows and Linux write it, Unicode NFC"
    if composed != decomposed and name == decomposed:
        return "as macOS writes it, Unicode NFD"
    return f"written {ascii(name)[1:-1]}"
