"""Makes names and errors fit to print on a terminal, in one line."""

from __future__ import annotations

import errno
import os

_SPACE = (
    "Free some space, or use another disk: --out for the results, TMPDIR=… for temporary files."
)
_RIGHTS = "Use --out with a folder that you can write to."
REMEDIES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: _SPACE,
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENOTDIR: _RIGHTS,
    errno.EEXIST: _RIGHTS,  # a file where the folder should be
    errno.EMFILE: "Allow more open files: ulimit -n 4096",
}


def describe_error(error: BaseException) -> str:
    """Return one line: of an OSError its file, its reason and the remedy."""
    if not isinstance(error, OSError) or error.strerror is None:
        return " ".join(f"{type(error).__name__}: {error}".split())
    place = f"{printable(error.filename)}: " if error.filename else ""
    return f"{place}{error.strerror}. {REMEDIES.get(error.errno or 0, '')}".rstrip()


def printable(path: str | bytes | os.PathLike[str]) -> str:
    """Return a path as text, with bytes that aren't UTF-8 and hidden characters escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
