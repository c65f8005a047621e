"""Escapes the cells of CSV so that a spreadsheet shows them as text, and reads them back. Pure.

A class or a file may be called `=HYPERLINK(…)`: a cell that begins like a formula gets an
apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection), and so does text after
another spreadsheet's separator. Invisible characters are made visible. The byte order mark marks
the file as UTF-8, without which Excel garbles letters outside ASCII.
"""

from __future__ import annotations

import re

from common.printable import HIDDEN, printable

MARK = "\ufeff".encode()

# To a spreadsheet in Japanese the full-width characters mean the same.
_BEGINS_FORMULA = r"(?=\"*[=+\-@\uff1d\uff0b\uff0d\uff20'])"
_RISKY = re.compile(r"(^|[;,])" + _BEGINS_FORMULA)
_ESCAPED = re.compile(r"(^|[;,])'" + _BEGINS_FORMULA)
_FIGURE = re.compile(r"[0-9.]+")
_NEGATIVE = re.compile(r"-\d+(\.\d+)?([eE][+-]?\d+)?")
_SHOWN = re.compile(r"\\u([0-9a-f]{4})")


def escape(cell: str) -> str:
    """Escape a cell so that every spreadsheet shows it as text."""
    if _FIGURE.fullmatch(cell):
        return cell
    shown = printable(cell)
    return shown if _NEGATIVE.fullmatch(shown) else _RISKY.sub(r"\1'", shown)


def unescape(cell: str) -> str:
    """Undo `escape`."""
    if _FIGURE.fullmatch(cell):
        return cell
    return _SHOWN.sub(_hidden, _ESCAPED.sub(r"\1", cell))


def _hidden(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    return letter if HIDDEN.fullmatch(letter) else match[0]
