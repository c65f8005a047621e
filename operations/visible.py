"""Makes hidden characters visible: a file name can't repaint a terminal or reverse its text."""

from __future__ import annotations

import re

# The same as in functions/common/visible.py, which is deployed without this package.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return the text with its hidden characters, except line breaks, as numbers: `\u202e`."""
    lines = text.expandtabs().split("\n")
    return "\n".join(HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", line) for line in lines)
