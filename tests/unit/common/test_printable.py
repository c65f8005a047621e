"""Hidden characters in names are shown; what a script needs stays."""

from __future__ import annotations

import unicodedata

import pytest

from common.printable import change_texts, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("good\u202egpj.exe", r"good\u202egpj.exe"),
        ("a\x1b[2Jb", r"a\u001b[2Jb"),
        ("a\r\nreport: s3://elsewhere", r"a\u000d\u000areport: s3://elsewhere"),
        ("a\x00\x7f\x9bb", r"a\u0000\u007f\u009bb"),
        ("\u2066a\u2069\u200e\u200f\u061c", r"\u2066a\u2069\u200e\u200f\u061c"),
        ("\ufeffa\u2028b\u2029c", r"\ufeffa\u2028b\u2029c"),
        ("half \ud83d of a pair", r"half \ud83d of a pair"),
    ],
)
def test_hidden_characters_are_shown(name: str, shown: str) -> None:
    assert printable(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "Öl & Fett",
        "表面\u3000划痕",
        "\u0645\u06cc\u200c\u062e\u0648",
        "क\u094d\u200dष",
        "no\u00a0break",
        "👩\u200d🔧",
    ],
)
def test_names_of_any_script_stay(name: str) -> None:
    assert printable(name) == name


def test_every_control_character_and_bidirectional_mark_is_shown() -> None:
    # Unicode's property Bidi_Control: https://www.unicode.org/Public/UNIDATA/PropList.txt
    turning = {0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    for number in range(0x110000):
        if number in turning or unicodedata.category(chr(number)) in {"Cc", "Cs", "Zl", "Zp"}:
            assert printable(chr(number)) == f"\\u{number:04x}"


def test_a_structure_is_shown_whole() -> None:
    facts = {"cla\u202ess": ["a\x07", {"b": ("c\x07", 3, None)}]}
    assert change_texts(facts, printable) == {
        r"cla\u202ess": [r"a\u0007", {"b": [r"c\u0007", 3, None]}]
    }
