"""Every reason and every code has a line on the page that users read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from split.drop.file_kinds import IMAGE_EXTENSIONS, REASON_BY_EXTENSION, REASONS_BY_NAME
from split.drop.reasons import ADVICE

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "dropping-images.md").read_text("utf-8")
DROP = ROOT / "functions" / "split" / "drop"


@pytest.mark.parametrize("reason", sorted({*ADVICE, *REASONS_BY_NAME}))
def test_a_reason_has_advice_and_a_line_on_the_page(reason: str):
    assert ADVICE[reason]
    assert f"| {reason}" in PAGE


def test_a_code_has_a_line_on_the_page():
    source = "".join(path.read_text("utf-8") for path in DROP.glob("*.py"))
    refused = r'(?:Refusal\(\s*|^FILES_LEFT_OUT = )"([a-z-]+)"'
    warned = r'"([a-z-]+)"[:,] (?:_|sentence\))'  # beside what gives the sentence
    codes = [code for rule in (refused, warned) for code in re.findall(rule, source, re.M)]

    assert len(codes) > 20
    assert [code for code in codes if f"`{code}`" not in PAGE] == []


def test_no_image_is_taken_for_another_kind():
    assert not IMAGE_EXTENSIONS & REASON_BY_EXTENSION.keys()
