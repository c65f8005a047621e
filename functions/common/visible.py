"""Makes what a name hides visible: control characters, and marks that turn the direction of text.

A name comes from whoever dropped the images. Printed as it is, U+202E turns the rest of a line
around, ESC repaints a terminal, and a line break writes a line of its own into a mail.
Joiners stay: words in Persian and Hindi need them.
https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""

from __future__ import annotations

import re

# C0 and C1 controls and DEL, Unicode's Bidi_Control, line and paragraph separator, the byte order
# mark, and halves of surrogate pairs, which no encoding can write.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Write each hidden character as its number in Unicode, such as `\u202e`."""
    return HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def visible_values(value: object) -> object:
    """Make every text in a structure of lists and mappings visible, the names of fields too."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(str(name)): visible_values(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [visible_values(item) for item in value]
    return value
