"""Leaving the cloud, also by being killed: no process stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

FUNCTION_SECONDS = 300  # the template's Timeout: so long the function would be busy
ROOT = Path(__file__).parents[3]
SCRIPT = """
import json, sys
from pathlib import Path
from local_cloud.cloud.server import LocalCloud
from tests.support.waiting import wait_until
workdir, template = Path(sys.argv[1]), Path(sys.argv[2])
with LocalCloud(workdir) as cloud:
    stack = cloud.deploy(template, {}, "toy")
    functions, name = cloud.client("lambda"), stack.resources["Split"]
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    busy = workdir / "busy"
    hang = json.dumps({"hang": str(busy)})
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=hang)
    wait_until(busy.exists)
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


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return is_dead_but_not_collected(pid)


def is_dead_but_not_collected(pid: int) -> bool:
    """An orphan is collected by the machine's first process, which may take its time."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def test_leaving_in_order_waits_for_no_function(child: tuple[subprocess.Popen[str], int]) -> None:
    process, function = child
    process.communicate(timeout=FUNCTION_SECONDS / 2)
    assert process.returncode == 0
    wait_until(lambda: is_gone(function))


def test_a_killed_cloud_leaves_no_orphans(child: tuple[subprocess.Popen[str], int]) -> None:
    process, function = child
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: is_gone(function))
