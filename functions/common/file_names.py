"""Names that systems give to files of their own, which are no images. Pure."""

from __future__ import annotations

SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})
# "." and ".." name another folder, and "" names none.
NOT_FOLDERS = frozenset({"", ".", ".."})


def is_hidden(part: str) -> bool:
    """Whether a part of a key, a file or a folder, is one that systems hide."""
    return (part.startswith(".") and part not in NOT_FOLDERS) or part.lower() in SYSTEM_NAMES
