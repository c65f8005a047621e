"""What is printed of a run cannot repaint the terminal."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from local_cloud.run.display import Display

HIDING = "'a\x1b[2J\u202eb' [bold]"
SHOWN = r"'a\u001b[2J\u202eb' [bold]"


def test_names_are_shown_in_whatever_is_printed() -> None:
    output = io.StringIO()
    display = Display(Console(file=output, width=200, force_terminal=False))
    display.say(HIDING)
    display.block(HIDING)
    display.results(HIDING, [Path(HIDING)])
    assert output.getvalue().count(SHOWN) == 4
    assert not {"\x1b", "\u202e"} & set(output.getvalue())
