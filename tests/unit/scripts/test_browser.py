"""Where the browser of the tests comes from, and what is said where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import browser

ROOT = Path(__file__).resolve().parents[3]
DOWNLOAD, UPDATE, APT = "install --no-shell chromium", "update", "install --yes chromium"


class Machine:
    """A machine on which a browser works once a command has been run; "" if it is there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, installed_by: str, user: int) -> None:
        self.commands: list[str] = []
        self._installed_by = installed_by
        monkeypatch.setattr(browser, "open_browser", self._open)
        monkeypatch.setattr(browser.os, "geteuid", lambda: user)
        monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(browser.subprocess, "run", self._run)

    @contextmanager
    def _open(self) -> Iterator[SimpleNamespace]:
        if not any(self._installed_by in command for command in ["", *self.commands]):
            raise browser.NoBrowserError(browser.NO_BROWSER)
        yield SimpleNamespace(version="1.2")

    def _run(self, command: list[str], **_: object) -> None:
        self.commands.append(" ".join(command))


@pytest.mark.parametrize(
    ("installed_by", "user", "tried"),
    [
        ("", 0, []),
        (DOWNLOAD, 0, [DOWNLOAD]),
        (APT, 0, [DOWNLOAD, UPDATE, APT]),
    ],
    ids=["there already", "downloaded", "a package"],
)
def test_one_that_works_ends_the_search(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    installed_by: str,
    user: int,
    tried: list[str],
):
    machine = Machine(monkeypatch, installed_by, user)

    assert browser.main() == 0

    assert all(map(str.endswith, machine.commands, tried))
    assert len(machine.commands) == len(tried)
    assert "Chromium 1.2" in capsys.readouterr().out


@pytest.mark.parametrize(("user", "tried"), [(0, 3), (1000, 1)], ids=["root", "anybody"])
def test_without_one_it_fails_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], user: int, tried: int
):
    machine = Machine(monkeypatch, "nothing that is ever run", user)

    assert browser.main() == 1

    assert len(machine.commands) == tried
    assert "apt-get install chromium" in capsys.readouterr().err


def test_without_one_all_else_is_tested_and_the_last_line_says_what_was_not(tmp_path: Path):
    """As `make test` starts it, on a machine that has no browser."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1"]
    done = subprocess.run(
        [*command, "tests/browser", "tests/unit/test_events.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": "",
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
            "PYTEST_ADDOPTS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    *_, result, last = done.stdout.splitlines()
    assert " passed" in result
    skipped = result.split(" skipped")[0].split()[-1]
    assert last == f"{skipped} tests in a browser were skipped: {browser.NO_BROWSER}."
