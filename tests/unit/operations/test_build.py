"""`droptrain build`: the sizes that it prints, and when a function is too big for Lambda."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from operations.build import LIMIT, function_sizes, remove_compiled_files, report_sizes
from operations.errors import OperationError
from operations.terminal import Terminal

CODE = len(b"import json\n") + len(b"import rich\n")


def printed(template: Path) -> str:
    out = io.StringIO()
    report_sizes(Terminal(Console(file=out, width=100)), function_sizes(template))
    return out.getvalue()


def test_a_function_has_its_code_the_common_layers_and_its_own(built: Path):
    small, big = function_sizes(built)

    assert (small.name, small.unzipped) == ("SmallFunction", CODE + 1000)
    assert (big.name, big.unzipped) == ("BigFunction", CODE + 1000 + 7000)


def test_the_biggest_packages_come_first(built: Path):
    big = function_sizes(built)[1]

    assert big.packages["rich"] == 7000
    assert big.biggest.startswith("rich 0.0, typing_extensions.py 0.0")


def test_a_link_counts_as_its_target(built: Path):
    layer = built.parent / "BaseLayer" / "python"
    (layer / "again.py").symlink_to(layer / "typing_extensions.py")

    assert function_sizes(built)[0].unzipped == CODE + 2000


def test_each_function_has_a_row(built: Path):
    rows = [line.split() for line in printed(built).splitlines()]

    assert [row[1] for row in rows if row and row[0] == "BigFunction"] == ["0.0"]


def test_a_function_at_the_limit_passes_and_one_byte_more_does_not(built: Path):
    padding = built.parent / "BigLayer" / "python" / "padding.bin"
    with padding.open("wb") as file:
        file.truncate(LIMIT - CODE - 8000)
    printed(built)

    with padding.open("ab") as file:
        file.write(b"!")
    with pytest.raises(OperationError, match=r"^BigFunction has 250.0 MB unzipped") as raised:
        printed(built)

    assert "padding.bin 250.0" in str(raised.value)
    assert "SmallFunction" not in str(raised.value)


def test_without_a_build_the_error_names_the_command(tmp_path: Path):
    with pytest.raises(OperationError, match="run `droptrain build`"):
        function_sizes(tmp_path / "template.yaml")


def test_compiled_files_are_removed_from_the_code(tmp_path: Path):
    cache = tmp_path / "split" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / "handler.cpython-311.pyc").write_bytes(b"")
    (tmp_path / "split" / "handler.py").write_text("")

    remove_compiled_files(tmp_path)

    assert [path.name for path in tmp_path.rglob("*")] == ["split", "handler.py"]
