"""What `make build` prints, and when it fails."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from operations.build import report
from operations.errors import OperationError
from operations.terminal import Terminal


def printed(template: Path, imports: int) -> str:
    out = io.StringIO()
    report(Terminal(Console(file=out, width=100)), template, imports)
    return out.getvalue()


def test_sizes_and_import_times_stand_by_function(built: Path):
    text = printed(built, imports=1)

    rows = [line.split() for line in text.splitlines() if line.startswith("BigFunction")]
    assert [row[1] for row in rows] == ["0.0", rows[1][1]]
    assert "Not measured: Lambda's Python 3.13 on arm64." in " ".join(text.split())


def test_without_imports_nothing_is_imported(built: Path, tmp_path: Path):
    (tmp_path / "functions" / "small" / "handler.py").write_text("raise RuntimeError")

    assert "import" not in printed(built, imports=0)


def test_a_function_that_is_too_big_fails_the_build(built: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("operations.built.LIMIT", 8000)

    with pytest.raises(OperationError, match="BigFunction has") as caught:
        printed(built, imports=0)

    assert "SmallFunction" not in str(caught.value)
