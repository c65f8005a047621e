"""What may be a class when an image is moved to `raw/<class>/`, and digits for its name. Pure."""

from __future__ import annotations

from hashlib import sha256
from unicodedata import category

from common.file_names import NOT_FOLDERS

DIGITS = 8


def may_be_class(name: str) -> bool:
    """Whether the split would take a folder of this name for a class."""
    return (
        name not in NOT_FOLDERS
        and "/" not in name
        and not any(category(character) == "Cc" for character in name)
    )


def digits(text: str) -> str:
    """Return a few digits that depend on the text, to tell names apart."""
    return sha256(text.encode()).hexdigest()[:DIGITS]
