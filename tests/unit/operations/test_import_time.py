"""Import times: nothing compiled before, nothing but the layers' packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.built import read_build
from operations.errors import OperationError
from operations.import_time import measure, read_trace

TRACE = """
import time: self [us] | cumulative | imported package
import time:      1500 |       1500 |   scipy.linalg
import time:       500 |       2000 | scipy
import time:        90 |         90 | json
"""


def test_own_times_are_added_up_by_package():
    assert read_trace(TRACE) == pytest.approx({"scipy": 0.002, "json": 0.00009})


def test_a_handler_is_imported_with_its_code(built: Path):
    small = read_build(built)[0]

    found = measure(small, times=2)

    assert found.seconds > 0
    assert "small" in found.packages


def test_a_package_of_no_layer_cannot_be_imported(built: Path, tmp_path: Path):
    """It is installed here, which must not hide that Lambda would not find it."""
    (tmp_path / "functions" / "small" / "handler.py").write_text("import rich\n")

    with pytest.raises(OperationError, match="No module named 'rich'"):
        measure(read_build(built)[0], times=1)


def test_a_package_of_a_layer_can_be_imported(built: Path):
    assert "rich" in measure(read_build(built)[1], times=1).packages


def test_the_code_is_left_without_compiled_files(built: Path, tmp_path: Path):
    measure(read_build(built)[0], times=1)

    assert list((tmp_path / "functions").rglob("__pycache__")) == []
