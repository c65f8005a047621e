"""Says of a class's name why no folder can be called so; every other name is fine."""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category

from common import keys

# Each class is a folder in the training container, on ext4 or XFS.
MAXIMUM_BYTES = 255
SHOWN_CHARACTERS = 40


class Fault(NamedTuple):
    """What is wrong, and what to do."""

    sentence: str
    remedy: str


def fault_of_name(name: str) -> Fault | None:
    """Return why no folder can be called so, or None.

    Spaces of every width, joiners and letters of every script can stand in a folder's name;
    `str.isprintable` would refuse some of them.
    """
    place = f"{keys.RAW}{name}/"
    if not name:
        return Fault(
            f"Images lie in a folder without a name: {place}… has two slashes.",
            f"Upload to s3://BUCKET/{keys.RAW} with one slash at the end, and delete what lies "
            f"under {place}.",
        )
    if name in (".", ".."):
        return Fault(
            f"Images lie under {place}, and '{name}' is no folder of its own: it stands for "
            f"{'the folder itself' if name == '.' else 'the folder above'}.",
            f"Upload them to {keys.RAW}<class>/, and delete what lies under {place}.",
        )
    if any(category(character) in ("Cc", "Cs") for character in name):
        return Fault(
            f"The class name {name[:SHOWN_CHARACTERS]!a} holds a control character.",
            "Rename the folder without it.",
        )
    size = len(name.encode())
    if size > MAXIMUM_BYTES:
        return Fault(
            f"The class name '{name[:SHOWN_CHARACTERS]}…' has {size} bytes in UTF-8; a folder's "
            f"name has at most {MAXIMUM_BYTES}.",
            "Shorten it.",
        )
    return None
