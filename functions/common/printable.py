"""Makes names printable: shows control characters and bidirectional marks as numbers.

Names come from whoever dropped the images. Printed unchanged, U+202E reverses the rest of a line,
ESC controls a terminal, and a line break adds a line to an e-mail. Joiners stay: words in Persian
and Hindi need them.
https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# C0 and C1 controls and DEL, Unicode's Bidi_Control, line and paragraph separator, the byte order
# mark, and halves of surrogate pairs, which can't be encoded.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Replace each hidden character by its Unicode number, such as `\u202e`."""
    return HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Change every text in a structure of lists and mappings, field names included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(name)): change_texts(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [change_texts(item, change) for item in value]
    return value
