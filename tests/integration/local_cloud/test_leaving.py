"""Leaving the cloud, also by being killed: no process stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import json, sys, time
from pathlib import Path
from local_cloud.cloud import LocalCloud
workdir, template = Path(sys.argv[1]), Path(sys.argv[2])
with LocalCloud(workdir) as cloud:
    stack = cloud.deploy(template, {}, "toy")
    functions, name = cloud.client("lambda"), stack.resources["Split"]
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"hang": true}')
    cloud.wait_for(lambda one: getattr(one, "cause", "") == "async", 5)
    time.sleep(0.2)
    print(json.loads(answer["Payload"].read())["process"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def child(tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    """A cloud in a process of its own, and the id of a function's process that is busy."""
    template = Path(__file__).parent / "toy" / "template.yaml"
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(template)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def gone(pid: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if dead_but_not_collected(pid):
            return True
        time.sleep(0.05)
    return False


def dead_but_not_collected(pid: int) -> bool:
    """An orphan is collected by the machine's first process, which may take its time."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_leaving_in_order_ends_everything_soon(child: tuple[subprocess.Popen[str], int]) -> None:
    process, function = child
    start = time.monotonic()
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert time.monotonic() - start < 5
    assert gone(function)


def test_a_killed_cloud_leaves_no_orphans(child: tuple[subprocess.Popen[str], int]) -> None:
    process, function = child
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    assert gone(function)
