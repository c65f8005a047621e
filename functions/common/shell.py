"""Writes words of commands for a POSIX shell, such that each command is one line. Pure.

A line break in a name would end a comment, and with it what keeps a command from being run. Other
hidden characters would show a reader another command than the shell sees. So a word with any of
them is written by printf, byte by byte. Formats and octal escapes of printf:
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html
"""

from __future__ import annotations

import re
import shlex

from common import keys
from common.printable import HIDDEN

# A hyphen at the beginning would be an option of printf.
_ESCAPED = re.compile(rb"[^A-Za-z0-9/._: -]|^-")


def shell_word(text: str) -> str:
    """Quote a text as one word.

    Raises:
        ValueError: it ends in a line break, which a shell strips from what a command prints.
    """
    if not HIDDEN.search(text):
        return shlex.quote(text)
    if text.endswith("\n"):
        raise ValueError("a word can't end in a line break")
    escaped = _ESCAPED.sub(_escape, text.encode())
    return f"\"$(printf '{escaped.decode()}')\""


def move_command(bucket: str, source: str, target: str) -> str:
    """Return the command that moves an object; source and target are keys."""
    words = (shell_word(keys.s3_uri(bucket, key)) for key in (source, target))
    return " ".join(("aws s3 mv", *words))


def script_command(source: str, target: str) -> str:
    """Return the same command for a script that sets the variable BUCKET."""
    words = (f'"s3://$BUCKET/"{shell_word(key)}' for key in (source, target))
    return " ".join(("aws s3 mv", *words))


def _escape(match: re.Match[bytes]) -> bytes:
    return b"%%" if match[0] == b"%" else b"\\%03o" % match[0][0]
