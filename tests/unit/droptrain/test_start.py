"""How `droptrain` starts, whatever the shell has set."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from droptrain.cli import droptrain
from droptrain.local import LocalCommand
from droptrain.start import LOCAL_COMMANDS

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "droptrain")


@pytest.mark.parametrize("flag", [(), ("-E",)])
def test_python_s_variables_do_not_matter(tmp_path: Path, flag: tuple[str, ...]):
    for package in ("click", "rich", "yaml"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('of PYTHONPATH')\n")
    hostile = {"PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2"}

    done = subprocess.run(
        [sys.executable, *flag, "-m", "droptrain", "run", "--help"],
        cwd=ROOT,
        env=os.environ | hostile,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: droptrain run" in done.stdout


def test_output_that_nobody_reads_is_no_error():
    process = subprocess.Popen(
        [*COMMAND, "--help"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None

    errors = process.stderr.read()
    process.wait()
    process.stderr.close()

    assert "Traceback" not in errors


def test_the_commands_that_drop_the_shell_s_settings_are_the_local_ones():
    local = {name for name, command in droptrain.commands.items() if type(command) is LocalCommand}

    assert local == LOCAL_COMMANDS


def test_the_console_script_and_its_packages_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module, _, function = project["project"]["scripts"]["droptrain"].partition(":")

    assert callable(getattr(import_module(module), function))
    for package in project["tool"]["setuptools"]["packages"]:
        assert (ROOT / package / "__init__.py").is_file()
