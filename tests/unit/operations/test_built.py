"""What counts against Lambda's limit: a function's code and each of its layers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from operations.built import LIMIT, read_build, sweep_compiled_files, too_big
from operations.errors import OperationError

CODE = len(b"import json\n") + len(b"import rich\n")


def test_a_function_has_its_code_the_common_layers_and_its_own(built: Path):
    small, big = read_build(built)

    assert (small.name, small.unzipped) == ("SmallFunction", CODE + 1000)
    assert (big.name, big.unzipped) == ("BigFunction", CODE + 1000 + 7000)


def test_the_biggest_packages_come_first(built: Path):
    assert read_build(built)[1].biggest_packages()[:2] == [
        ("rich", 7000),
        ("typing_extensions.py", 1000),
    ]


def test_zipped_sizes_are_those_of_real_zip_files_added_up(built: Path, tmp_path: Path):
    folders = [tmp_path / "functions", built.parent / "BaseLayer", built.parent / "BigLayer"]
    expected = 0
    for number, folder in enumerate(folders):
        archive = Path(shutil.make_archive(str(tmp_path / f"zip{number}"), "zip", folder))
        expected += archive.stat().st_size

    # shutil's archives have entries for folders, too, some hundred bytes each.
    assert expected - 800 < read_build(built)[1].zipped <= expected


def test_a_link_counts_as_what_it_leads_to(built: Path):
    layer = built.parent / "BaseLayer" / "python"
    (layer / "again.py").symlink_to(layer / "typing_extensions.py")

    assert read_build(built)[0].unzipped == CODE + 2000


def test_a_function_at_the_limit_passes_and_one_byte_more_does_not(built: Path):
    padding = built.parent / "BigLayer" / "python" / "padding.bin"
    rest = LIMIT - read_build(built)[1].unzipped
    with padding.open("wb") as file:
        file.truncate(rest)
    assert too_big(read_build(built)) == []

    with padding.open("ab") as file:
        file.write(b"!")
    [sentence] = too_big(read_build(built))
    assert sentence.startswith("BigFunction has 250.0 MB unzipped; Lambda takes 250.0.")
    assert "padding.bin 250.0" in sentence


def test_without_a_build_it_says_what_to_run(tmp_path: Path):
    with pytest.raises(OperationError, match="run `make build`"):
        read_build(tmp_path / "template.yaml")


def test_compiled_files_are_swept_out_of_the_code(tmp_path: Path):
    cache = tmp_path / "split" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / "handler.cpython-311.pyc").write_bytes(b"")
    (tmp_path / "split" / "handler.py").write_text("")

    sweep_compiled_files(tmp_path)

    assert [path.name for path in tmp_path.rglob("*")] == ["split", "handler.py"]
