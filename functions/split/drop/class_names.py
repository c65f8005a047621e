"""Class names as people read them: why one can't be a folder, and which look the same. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from unicodedata import category, normalize

from common import keys
from common.wording import first_few

# Each class is a folder in the training container, on ext4 or XFS.
MAXIMUM_BYTES = 255
SHOWN_CHARACTERS = 40


def unusable_name(name: str) -> tuple[str, str] | None:
    """Return why no folder can have this name, and what to do; None if one can.

    Spaces of every width, joiners and letters of every script are allowed in a folder's name;
    `str.isprintable` would refuse some of them.
    """
    place = f"{keys.RAW}{name}/"
    if not name:
        return (
            f"Some images are in a folder without a name: {place}… has two slashes.",
            f"Upload to s3://BUCKET/{keys.RAW} with one slash at the end, and delete everything "
            f"under {place}.",
        )
    if name in (".", ".."):
        return (
            f"Some images are under {place}, and '{name}' isn't a folder of its own: it means "
            f"{'the folder itself' if name == '.' else 'the folder above'}.",
            f"Upload them to {keys.RAW}<class>/, and delete everything under {place}.",
        )
    if any(category(character) in ("Cc", "Cs") for character in name):
        return (
            f"The class name {name[:SHOWN_CHARACTERS]!a} contains a control character.",
            "Rename the folder without it.",
        )
    size = len(name.encode())
    if size > MAXIMUM_BYTES:
        return (
            f"The class name '{name[:SHOWN_CHARACTERS]}…' has {size} bytes in UTF-8; a folder's "
            f"name has at most {MAXIMUM_BYTES}.",
            "Shorten it.",
        )
    return None


def folders_of(names: Iterable[str]) -> str:
    """List the first few folders of classes."""
    return first_few([f"{keys.RAW}{name}/" for name in names])


def look_of(name: str) -> str:
    """Return the same text for names that a reader takes for one."""
    return " ".join(_on_a_page(name).casefold().split())


def distinct_names(names: Iterable[str]) -> dict[str, str]:
    """Quote each name, and add its spelling where two would look the same on a page."""
    names = list(names)
    looks = Counter(_on_a_page(name) for name in names)
    return {
        name: f"'{name}'" + (f" ({_spelling(name)})" if looks[_on_a_page(name)] > 1 else "")
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
