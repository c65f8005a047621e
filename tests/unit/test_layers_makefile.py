"""layers/Makefile: which installer it calls, and how, on a machine that has this or that."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

LAYERS = Path(__file__).resolve().parents[2] / "layers"
# Prints its arguments, and makes the folder that an installer would.
INSTALLER = '#!/bin/sh\necho "$0 $*"\nmkdir -p "$ARTIFACTS_DIR/python/numpy/tests"\n'
WITHOUT_PIP = '#!/bin/sh\necho "No module named pip" >&2; exit 1\n'


def build(tmp_path: Path, programs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Build a layer, as `sam build` does, on a path with these programs and what make needs."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("find", "rm", "mkdir"):
        (path / name).symlink_to(str(shutil.which(name)))
    for name, text in programs.items():
        (path / name).write_text(text)
        (path / name).chmod(0o755)
    return subprocess.run(
        [str(shutil.which("make")), "--makefile", str(LAYERS / "Makefile"), "build-SplitLayer"],
        cwd=LAYERS,
        env={"PATH": str(path), "ARTIFACTS_DIR": str(tmp_path / "built")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_uv_is_called_where_it_is_on_the_path(tmp_path: Path) -> None:
    done = build(tmp_path, {"uv": INSTALLER, "python3": INSTALLER})

    assert done.returncode == 0
    assert "/uv pip install" in done.stdout
    assert "--python-platform aarch64-manylinux_2_28" in done.stdout
    assert "/python3 " not in done.stdout


def test_without_uv_pip_fetches_every_wheel_that_uv_would(tmp_path: Path) -> None:
    done = build(tmp_path, {"python3": INSTALLER})

    assert done.returncode == 0
    words = done.stdout.split()
    platforms = {after for word, after in itertools.pairwise(words) if word == "--platform"}
    assert platforms == {
        "manylinux2014_aarch64",
        *(f"manylinux_2_{minor}_aarch64" for minor in range(17, 29)),
    }


@pytest.mark.parametrize("installer", ["uv", "python3"])
def test_both_install_the_list_as_it_is_for_lambdas_python(tmp_path: Path, installer: str) -> None:
    output = build(tmp_path, {installer: INSTALLER}).stdout

    for option in (
        "--requirement SplitLayer.txt",
        f"--target {tmp_path}/built/python",
        "--no-deps",
        "--python-version 3.13",
        "--only-binary :all:",
    ):
        assert option in output


def test_the_packages_own_tests_stay_out(tmp_path: Path) -> None:
    build(tmp_path, {"uv": INSTALLER})

    assert [path.name for path in (tmp_path / "built/python").rglob("*")] == ["numpy"]


@pytest.mark.parametrize("programs", [{}, {"python3": WITHOUT_PIP}])
def test_with_neither_it_says_what_to_install(tmp_path: Path, programs: dict[str, str]) -> None:
    done = build(tmp_path, programs)

    assert done.returncode != 0
    assert "needs uv, or python3 with pip" in done.stderr
    assert "install python3-pip" in done.stderr
