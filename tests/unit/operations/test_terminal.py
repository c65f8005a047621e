"""What a command prints cannot repaint the terminal."""

from __future__ import annotations

import io

from rich.console import Console

from droptrain.program import complain
from operations.terminal import Terminal

HIDING = "'a\x1b[2J\u202eb'"
SHOWN = r"'a\u001b[2J\u202eb'"


def test_a_name_is_shown_and_lines_stay_lines() -> None:
    output = io.StringIO()
    Terminal(Console(file=output, width=200)).say(f"refused: {HIDING}\n\tand more")
    assert output.getvalue() == f"refused: {SHOWN}\n        and more\n"


def test_an_error_is_shown_alike(capsys) -> None:
    complain(f"error: {HIDING}")
    assert capsys.readouterr().err == f"error: {SHOWN}\n"
