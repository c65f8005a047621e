"""`droptrain`: what its help teaches, what it costs to start, and how it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from droptrain.cli import droptrain

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = [
    *("run", "sample", "cloud", "build", "deploy", "status", "logs", "plots"),
    *("promote", "rollback", "redrive", "forget", "delete", "verify", "costs"),
]
HEAVY = ("boto3", "moto", "numpy", "PIL", "rich", "sagemaker", "tensorflow")
BELL = "\x07"


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(droptrain, arguments, prog_name="droptrain", env=environment)


def test_the_commands_are_these():
    assert set(droptrain.commands) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_an_example(command: str):
    result = invoke(command, "--help")

    assert result.exit_code == 0
    examples = result.output.partition("Examples:")[2]
    assert re.search(rf"^ +droptrain {command}\b", examples, re.MULTILINE)


def test_the_help_of_run_is_the_templates():
    text = " ".join(invoke("run", "--help").output.split())

    assert "--epochs N" in text
    assert "Passes over the training images." in text
    assert "Default: 80" in text


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str):
    program = (
        "import sys; from droptrain.cli import droptrain\n"
        "try: droptrain.main(sys.argv[1:])\n"
        f"except SystemExit: print('heavy:', *(m for m in {HEAVY} if m in sys.modules))"
    )
    arguments = [command, "--help"] if command else ["--help"]

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "heavy:"


def test_the_help_says_how_to_complete_commands():
    assert "_DROPTRAIN_COMPLETE=bash_source" in invoke("--help").output


def test_bash_can_complete_commands():
    result = invoke(_DROPTRAIN_COMPLETE="bash_complete", COMP_WORDS="droptrain de", COMP_CWORD="1")

    assert result.output.splitlines() == ["plain,deploy", "plain,delete"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--epoch", "3"], "No such option '--epoch'."),
        (["deploi"], "No such command 'deploi'."),
        (["forget"], "Missing argument 'KEY'."),
        (["cloud", "--port", "many"], "'many' is not a valid integer."),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(arguments: list[str], message: str):
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_a_command_it_prints_the_help():
    result = invoke()

    assert result.exit_code == 2
    assert "Commands:" in result.stderr


def test_hidden_characters_of_an_argument_are_visible():
    result = invoke("status", f"--{BELL}")

    assert result.exit_code == 2
    assert BELL not in result.stderr


@pytest.mark.parametrize("prefix", ["", "DROPTRAIN_", "DROPTRAIN_DELETE_"])
def test_no_option_is_read_from_the_environment(prefix: str, monkeypatch: pytest.MonkeyPatch):
    received = {}

    def delete(**options: object) -> None:
        received.update(options)

    monkeypatch.setattr(droptrain.commands["delete"], "callback", delete)
    names = ("WITH_BUCKET", "BUCKET", "YES", "STACK")

    result = invoke("delete", **{f"{prefix}{name}": "1" for name in names})

    assert result.exit_code == 0
    assert set(received.values()) == {None, False}
