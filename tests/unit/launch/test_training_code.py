"""The training code is deployed with launch and identified by its hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from launch.training_code import MissingCodeError, hash_of, read_files

CODE = Path(__file__).resolve().parents[3] / "training_code"


def test_all_python_files_and_nothing_else():
    assert set(read_files()) == {path.relative_to(CODE).as_posix() for path in CODE.rglob("*.py")}


def test_a_missing_layer_is_named():
    with pytest.raises(MissingCodeError, match="no_such_layer"):
        read_files("no_such_layer")


def test_a_package_without_train_py_is_refused():
    with pytest.raises(MissingCodeError, match=r"train\.py"):
        read_files("intake")


def test_the_hash_knows_names_and_contents():
    hashes = {
        hash_of({"a.py": b"1"}),
        hash_of({"b.py": b"1"}),
        hash_of({"a.py": b"2"}),
        hash_of({"a.py": b"1", "b.py": b""}),
    }

    assert len(hashes) == 4
    assert hash_of({"a.py": b"1", "b.py": b"2"}) == hash_of({"b.py": b"2", "a.py": b"1"})
