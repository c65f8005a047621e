"""Runs `droptrain` in this process."""

from __future__ import annotations

import pytest

from droptrain.cli import droptrain


def main(arguments: list[str]) -> int:
    """Run a command; return its exit code."""
    with pytest.raises(SystemExit) as end:
        droptrain.main(arguments, prog_name="droptrain")
    code = end.value.code
    assert code is None or isinstance(code, int)
    return code or 0
