"""A shell runs the printed lines with exactly the keys that are meant, and nothing else."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.printable import HIDDEN
from common.shell import move_command, script_command, shell_word
from tests.support.reviews import HOSTILE_NAMES

BUCKET = "droptrain-bucket"

# A key has no NUL, and neither has a word of a command.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=30
) | st.sampled_from(HOSTILE_NAMES)
KEYS = TEXTS.map("raw/{}".format).filter(lambda key: not key.endswith("\n"))

Run = Callable[[str], list[list[str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a script with an `aws` that records its arguments; return those of each call."""
    programs, empty = (tmp_path_factory.mktemp(name) for name in ("bin", "empty"))
    record = programs / "record"
    aws = programs / "aws"
    aws.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" end >>{shlex.quote(str(record))}\n")
    aws.chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def call(script: str) -> list[list[str]]:
        record.write_bytes(b"")
        # As a file: what is typed or pasted is read by lines, too.
        file = programs / "script"
        file.write_bytes(script.encode())
        subprocess.run(["/bin/sh", file], cwd=empty, env=environment, check=True)
        assert list(empty.iterdir()) == []  # nothing in a name was run
        calls: list[list[str]] = [[]]
        for word in record.read_bytes().decode().split("\0"):
            calls[-1].append(word)
            if word == "end":
                calls.append([])
        return [words[:-1] for words in calls[:-1]]

    return call


@given(pairs=st.lists(st.tuples(KEYS, KEYS), min_size=1, max_size=20))
@settings(deadline=None, derandomize=True, database=None, max_examples=40)
def test_a_shell_moves_exactly_the_keys(run: Run, pairs: list[tuple[str, str]]) -> None:
    expected = [
        ["s3", "mv", f"s3://{BUCKET}/{source}", f"s3://{BUCKET}/{target}"]
        for source, target in pairs
    ]
    lines = [move_command(BUCKET, *pair) for pair in pairs]
    assert run("\n".join(lines)) == expected
    assert run("\n".join([f"BUCKET={BUCKET}", *(script_command(*pair) for pair in pairs)])) == (
        expected
    )
    for line in lines:
        assert not HIDDEN.search(line)  # so it is one line, and looks like what it is
    assert run("\n".join(f"# {line}" for line in lines)) == []


@given(text=TEXTS.filter(lambda text: not text.endswith("\n")))
@settings(deadline=None, derandomize=True, database=None, max_examples=40)
def test_a_shell_reads_a_word_as_the_text(run: Run, text: str) -> None:
    assert run(f"aws {shell_word(text)}") == [[text]]


def test_a_usual_word_is_not_quoted() -> None:
    assert move_command(BUCKET, "raw/oil/7.jpg", "raw/stain/7.jpg") == (
        f"aws s3 mv s3://{BUCKET}/raw/oil/7.jpg s3://{BUCKET}/raw/stain/7.jpg"
    )


def test_a_word_that_no_shell_could_pass_on_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        shell_word("raw/oil/7\n")
