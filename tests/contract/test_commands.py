"""Texts name commands, options and targets of make that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from droptrain.cli import droptrain

ROOT = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Without CHANGELOG.md, which also names what there was.
FOLDERS = (
    *("README.md", "CONTRIBUTING.md", "docs", "events", "template.yaml", "samconfig.toml", ".ci"),
    *("droptrain", "functions", "local_cloud", "operations", "scripts", "training_code"),
)
QUOTED = re.compile(r"(?:`|command\(f?\")droptrain ([a-z]+)\b([^`\"\n]*)")
FENCED = re.compile(r"^```\w*$.*?^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^ *droptrain ([a-z]+)\b([^#\n]*)", re.MULTILINE)


def texts(*folders: str) -> dict[str, str]:
    """Return the committed texts, by path."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders], cwd=ROOT, capture_output=True, check=True
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    suffixes = {".md", ".py", ".html", ".yaml", ".toml", ".j2", ""}
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in names
        if Path(name).suffix in suffixes and (ROOT / name).is_file()
    }


def test_a_target_of_make_that_is_named_exists():
    named = {
        (target, name)
        for name, text in texts(*FOLDERS).items()
        for target in re.findall(r"`make ([a-z-]+)", text)
    }

    assert named
    assert {(target, name) for target, name in named if target not in TARGETS} == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_command_that_is_named_exists_with_its_options(folder: str):
    wrong = []
    for name, text in texts(folder).items():
        blocks = "\n".join(FENCED.findall(text))
        for command, rest in [*QUOTED.findall(text), *TYPED.findall(blocks)]:
            if command not in droptrain.commands:
                wrong.append((name, command))
                continue
            parameters = droptrain.commands[command].params
            known = {flag for item in parameters for flag in item.opts}
            wrong += [
                (name, command, option)
                for option in re.findall(r"(?<!\S)(--[a-z-]+)", rest)
                if option not in {*known, "--help"}
            ]

    assert wrong == []


def test_the_examples_can_be_parsed():
    for name, command in droptrain.commands.items():
        example = re.compile(rf"^ +droptrain {name}\b(.*?)(?: {{4,}}.*)?$", re.MULTILINE)
        lines = example.findall(command.epilog or "")
        assert lines, name
        for line in lines:
            words = re.findall(r'"[^"]*"|\S+', line)
            command.make_context(name, words, parent=click.Context(droptrain))
