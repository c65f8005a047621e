"""Which letters the plots can draw, and how they show a name.

DejaVu Sans comes with matplotlib and draws Latin, Greek, Cyrillic, Arabic and Hebrew letters and
some more; Noto Sans CJK is a package of the layer and draws Chinese, Japanese and Korean. No font
of the machine is used: a plot looks the same wherever it is drawn.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import accumulate

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from noto_cjk_sans_otc import FONT_PATH

from common.printable import printable

FAMILIES = ("DejaVu Sans", "Noto Sans CJK SC")
MAXIMUM_COLUMNS = 24
UNKNOWN = "\N{WHITE SQUARE}"
LEFT_TO_RIGHT_MARK = "\u200e"
# They join letters or choose between their forms, and have no form of their own.
WITHOUT_FORM = {0x200C, 0x200D, *range(0xFE00, 0xFE10)}

fontManager.ttflist = [
    font for font in fontManager.ttflist if font.fname.startswith(matplotlib.get_data_path())
]
fontManager.addfont(str(FONT_PATH))
matplotlib.rcParams["font.family"] = list(FAMILIES)
# Names come from outside: a dollar sign in one must not start a formula.
matplotlib.rcParams["text.parse_math"] = False


def legible(name: str, most: int = MAXIMUM_COLUMNS) -> str:
    """Shorten a name to `most` columns; letters that can't be drawn become squares."""
    letters = [
        letter for letter in printable(name) if ord(letter) not in WITHOUT_FORM or _has(letter)
    ]
    shown = "".join(letter if _has(letter) else UNKNOWN for letter in letters)
    if columns(shown) > most:
        # Names that begin alike differ at the end: keep both ends.
        head = _beginning(shown, (most - 1) // 2)
        shown = f"{head}…{_beginning(shown[::-1], most - 1 - columns(head))[::-1]}"
    # Figures behind a name in Arabic or Hebrew would be drawn in front of it.
    turns = bool(shown) and unicodedata.bidirectional(shown[-1]) in {"R", "AL"}
    return f"{shown}{LEFT_TO_RIGHT_MARK}" if turns else shown


def is_drawable(name: str) -> bool:
    """Whether every letter of a name can be drawn."""
    return all(_has(letter) or ord(letter) in WITHOUT_FORM for letter in printable(name))


def columns(text: str) -> int:
    """Return the width of a text; a Chinese letter is as wide as two Latin ones."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _beginning(text: str, most: int) -> str:
    """Return the first letters of a text, as many as fit into `most` columns."""
    ends = accumulate(map(columns, text))
    return "".join(letter for letter, end in zip(text, ends, strict=True) if end <= most)


@cache
def _has(letter: str) -> bool:
    # Ask the fonts that savefig will use for the glyph; nothing is drawn.
    if letter == " ":
        return True
    fonts = (get_font(findfont(FontProperties(family=family))) for family in FAMILIES)
    return letter.isprintable() and any(font.get_char_index(ord(letter)) for font in fonts)
