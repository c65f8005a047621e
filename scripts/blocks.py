"""Blocks of a file that a program writes; what stands around them stays.

A block lies between two lines, here in Markdown and in YAML:

    <!-- costs: written by `make docs` -->     # <regions: written by `make docs`>
    <!-- /costs -->                            # </regions>
"""

from __future__ import annotations

import re


def replace_block(text: str, name: str, body: str) -> str:
    """Return the text with other lines in the block.

    Raises:
        ValueError: the text doesn't have exactly one block of that name.
    """
    pattern = (
        rf"(?ms)^(?P<begin>[^\n]*<(!-- )?{re.escape(name)}: written by [^\n]*\n).*?"
        rf"^(?P<end>[^\n]*/{re.escape(name)}[ >])"
    )
    new, count = re.subn(pattern, lambda match: match["begin"] + body + match["end"], text)
    if count != 1:
        raise ValueError(f"expected one block {name!r}, found {count}")
    return new
