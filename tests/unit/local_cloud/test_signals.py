"""What ends `droptrain run`, and what does not: it follows whoever started it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.terminals import as_in_a_terminal

ROOT = Path(__file__).resolve().parents[3]
INTERRUPTED = 130
# Answers each line it is given, in place of the chain.
SCRIPT = """
import sys
from local_cloud.run import chain
from droptrain.cli import droptrain
work = lambda *_: [print("at work", flush=True) for _ in iter(sys.stdin.readline, "")]
chain.run = work
droptrain.main(["run", "--images", sys.argv[1]])
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the env of GNU alone sets signals")


@contextmanager
def running(images: Path, *ignored: str) -> Iterator[subprocess.Popen[str]]:
    for name in ("a", "b"):
        (images / name).mkdir()
        for number in range(10):
            (images / name / f"{number}.jpg").write_bytes(b"x")
    command = [f"--ignore-signal={name}" for name in ignored]
    command += [sys.executable, "-c", SCRIPT, str(images)]
    with subprocess.Popen(
        as_in_a_terminal(command),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the classes
        assert is_at_work(process)
        yield process


def is_at_work(process: subprocess.Popen[str]) -> bool:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    return process.stdout.readline() == "at work\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_order(tmp_path: Path, number: signal.Signals):
    with running(tmp_path) as process:
        process.send_signal(number)

        assert process.wait() == INTERRUPTED


def test_what_nohup_and_a_script_ignore_stays_ignored_but_kill_ends_it(tmp_path: Path):
    with running(tmp_path, "HUP", "INT") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert is_at_work(process)

        process.send_signal(signal.SIGTERM)

        assert process.wait() == INTERRUPTED
