"""The templates can be read: no long file, no long line."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.pages.templating import SHARED
from plot.pages.templating import TEMPLATES

MAXIMUM_LINES = 80
MAXIMUM_COLUMNS = 160
FILES = sorted(
    file for folder in (SHARED, TEMPLATES) for file in folder.rglob("*") if file.is_file()
)


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_template_is_short_and_so_are_its_lines(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAXIMUM_LINES
    assert max(map(len, lines)) <= MAXIMUM_COLUMNS


def test_the_report_is_made_of_partials() -> None:
    assert len(list((TEMPLATES / "report").glob("*.html"))) >= 8
