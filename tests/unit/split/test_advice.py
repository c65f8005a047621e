"""Every reason and every code has a line on the page that users read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from split import advice, kinds
from split.cleaning import IMAGE_EXTENSIONS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "dropping-images.md").read_text("utf-8")
SPLIT = ROOT / "functions" / "split"


@pytest.mark.parametrize("reason", sorted({*advice.WHAT_TO_DO, *kinds.BY_NAME}))
def test_a_reason_has_advice_and_a_line_on_the_page(reason: str):
    assert advice.what_to_do(reason)
    assert f"| {reason}" in PAGE


def test_a_code_has_a_line_on_the_page():
    sources = [(SPLIT / name).read_text("utf-8") for name in ("refusal.py", "drop_warnings.py")]
    sources += [(SPLIT / name).read_text("utf-8") for name in ("layouts.py", "losses.py")]
    codes = re.findall(
        r'(?:DropWarning\(|Refusal\(|^CODE =)\s*"([a-z-]+)"', "".join(sources), re.MULTILINE
    )

    assert len(codes) > 15
    assert [code for code in codes if f"`{code}`" not in PAGE] == []


def test_no_image_is_taken_for_another_kind():
    assert not IMAGE_EXTENSIONS & kinds.BY_EXTENSION.keys()
