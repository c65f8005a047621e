"""`droptrain run` where the machine or the user says no: a sentence, an exit code, nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.test_run import ROOT, at_work_in, draw
from tests.support.waiting import wait_until

INTERRUPTED = "\ninterrupted: everything that was started has been stopped\n"
# What started the tests may have them ignore interrupts.
BEFORE = """
import os, resource, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
"""
START = """
runpy.run_module("droptrain", run_name="__main__", alter_sys=True)
"""
# From the moment when the cloud unpacks the functions' code, no file grows beyond this size. Python
# would leave half a .pyc file.
LIMIT_FILES = """
sys.dont_write_bytecode = True
from local_cloud.cloud import function_code
unpack = function_code.unpack
def unpack_on_a_full_disk(*arguments):
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    return unpack(*arguments)
function_code.unpack = unpack_on_a_full_disk
"""
INTERRUPT_AN_IMPORT = """
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "samtranslator":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
"""


def start(*arguments: str, first: str = "") -> subprocess.Popen[str]:
    """Start `python -m droptrain run`, and some other code before it in the same process."""
    return subprocess.Popen(
        [sys.executable, "-E", "-c", BEFORE + first + START, "run", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_disk_that_takes_no_more_ends_it(tmp_path: Path):
    images = draw(tmp_path / "phones", {"a": 12, "b": 12})
    out = tmp_path / "out"

    process = start("--images", str(images), "--out", str(out), first=LIMIT_FILES)
    _, errors = process.communicate(timeout=120)

    assert process.returncode == 1
    assert errors.startswith("error: The local cloud itself failed")
    assert "File too large. Free some space" in errors
    assert errors.count("\n") == 1
    assert at_work_in(tmp_path) == []
    assert not list(out.rglob(".*")), "half a folder of code"


def test_interrupted_while_it_imports():
    process = start(first=INTERRUPT_AN_IMPORT)

    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (130, INTERRUPTED)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_interrupted_while_the_sample_drop_is_drawn(tmp_path: Path):
    process = start("--out", str(tmp_path / "out"))
    while process.poll() is None and not list(tmp_path.glob("out/.*/*/*/*.jpg")):
        time.sleep(0.05)

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (130, INTERRUPTED)
    assert list((tmp_path / "out").iterdir()) == []
    # The helper of the drawing processes ends once it has seen that they are gone.
    wait_until(lambda: not of_session(process.pid), lambda: of_session(process.pid))


def of_session(leader: int) -> list[str]:
    """List what still runs of a session."""
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, session = (process / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has ended meanwhile
        if int(session) == leader and state != "Z":
            processes.append(process.name)
    return processes
