"""Which run the pictures of the docs are taken of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser

from scripts.pictures import RunError, newest_run, write_pictures


def report(out: Path, run: str, written_at: float) -> Path:
    file = out / run / "report.html"
    file.parent.mkdir(parents=True)
    file.touch()
    os.utime(file, (written_at, written_at))
    return file.parent


def test_the_newest_run_is_taken(tmp_path: Path) -> None:
    report(tmp_path, "b", 1_000)
    newest = report(tmp_path, "a", 2_000)
    (tmp_path / "sample-drop-1").mkdir()
    assert newest_run(tmp_path) == newest


def test_without_a_run_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="`make run` makes one"):
        newest_run(tmp_path)


def test_a_run_without_plots_changes_no_picture(tmp_path: Path) -> None:
    run = report(tmp_path, "a", 1_000)
    with pytest.raises(RunError, match=r"accuracy\.png: the run didn't finish"):
        write_pictures(cast(Browser, None), run, tmp_path)
    assert not (tmp_path / "report.png").exists()
