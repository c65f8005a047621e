"""Makes names and errors fit to print on a terminal, in one line."""

from __future__ import annotations

import errno
import os
import re

_SPACE = (
    "Free some space, or name folders on another disk: OUT=… for the results, TMPDIR=… for "
    "temporary files."
)
_RIGHTS = "Name a folder that you may write to with OUT=…."
REMEDIES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: _SPACE,
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENOTDIR: _RIGHTS,
    errno.EEXIST: _RIGHTS,  # a file where a folder is to be
    errno.EMFILE: "Allow more open files: ulimit -n 4096",
}

# As in functions/common/printable.py, which runs elsewhere: what repaints a terminal or turns the
# direction of its text.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def describe_error(error: BaseException) -> str:
    """Return one line: of an OSError its file, its reason and the remedy."""
    if not isinstance(error, OSError) or error.strerror is None:
        return " ".join(f"{type(error).__name__}: {error}".split())
    place = f"{printable(error.filename)}: " if error.filename else ""
    return f"{place}{error.strerror}. {REMEDIES.get(error.errno or 0, '')}".rstrip()


def printable(path: str | bytes | os.PathLike[str]) -> str:
    """Return a path without bytes that are not UTF-8 and without what a terminal would obey."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def visible(text: str) -> str:
    r"""Write each hidden character but line breaks as its number, such as `\u202e`."""
    lines = text.expandtabs().split("\n")
    return "\n".join(HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", line) for line in lines)
