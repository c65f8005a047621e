"""What a layer's folder holds: its own files, and links to this machine's packages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import jinja2
import pytest

from local_cloud.cloud import function_code
from local_cloud.cloud.function_code import installed, link_runtime, unpack

LAYER = {
    "python/jinja2/__init__.py": "raise ImportError('for Lambda alone')",
    "python/jinja2-9.9.dist-info/METADATA": "Version: 9.9",
    "python/own/module.py": "x = 1",
    "python/not_installed_here/__init__.py": "y = 1",
    "python/not_installed_here-1.dist-info/METADATA": "Version: 1",
    "README": "text",
}


def archive(files: dict[str, str]) -> zipfile.ZipFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return zipfile.ZipFile(buffer)


def test_a_package_of_this_machine_takes_the_place_of_the_layers(tmp_path: Path) -> None:
    root = unpack(archive(LAYER), "key", tmp_path)
    assert (root / "python/jinja2").resolve() == Path(jinja2.__file__).resolve().parent
    [metadata] = root.glob("python/jinja2-*.dist-info")
    assert metadata.name != "jinja2-9.9.dist-info"  # what is there says its own version


def test_all_else_is_what_the_archive_holds(tmp_path: Path) -> None:
    root = unpack(archive(LAYER), "key", tmp_path)
    for name in ("python/own/module.py", "python/not_installed_here/__init__.py", "README"):
        assert (root / name).read_text() == LAYER[name]


def test_a_folder_is_used_again_until_this_machine_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = unpack(archive(LAYER), "key", tmp_path)
    assert unpack(archive(LAYER), "key", tmp_path) == first
    assert unpack(archive(LAYER), "another", tmp_path) != first
    moved = {"jinja2": tmp_path / "moved"}
    monkeypatch.setattr(function_code, "installed", lambda name: moved if name == "jinja2" else {})
    assert (unpack(archive(LAYER), "key", tmp_path) / "python/jinja2").readlink() == moved["jinja2"]


def test_the_runtime_brings_boto3_alone(tmp_path: Path) -> None:
    names = {path.name for path in link_runtime(tmp_path).iterdir()}
    assert {"boto3", "botocore", "six.py", "dateutil"} <= names
    assert not {"moto", "numpy", "bin"} & names


def test_what_is_not_installed_has_no_files() -> None:
    assert installed("a-package-that-is-not-there") == {}
