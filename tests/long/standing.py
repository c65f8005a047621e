"""`droptrain cloud` in one terminal, and what a user types in another."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import boto3
import pytest

from tests.support.terminals import as_in_a_terminal
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


class Terminal:
    """A shell that has sourced what the standing cloud says."""

    def __init__(self, script: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._script = script
        self._environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", **environment}
        self.folder = folder
        self.commands = 0

    def run(self, *command: str | Path, fails: bool = False, answers: Sequence[str] = ()) -> str:
        """Run a command as after `source`; return what it printed, errors too.

        Args:
            command: the program and its arguments.
            fails: whether the command must fail, instead of succeed.
            answers: what is typed, a line each.
        """
        line = f". {shlex.quote(str(self._script))} && exec {shlex.join(map(str, command))}"
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            input="".join(f"{answer}\n" for answer in answers),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
            check=False,
        )
        self.commands += 1
        assert (done.returncode != 0) == fails, f"{line}\n{done.returncode}\n{done.stdout}"
        return done.stdout

    def aws(self, *arguments: str | Path) -> str:
        """Run the AWS CLI."""
        return self.run(*program("AWS"), *arguments)

    def sam(self, *arguments: str | Path, fails: bool = False) -> str:
        """Run the SAM CLI."""
        return self.run(*program("SAM"), *arguments, fails=fails)


class StandingCloud:
    """The cloud of `droptrain cloud`, in a process of its own, on a free port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.out = folder / "out"
        self.script = self.out / "local-cloud" / "environment"
        self._log = folder / "stand.log"
        command = [sys.executable, "-m", "droptrain", "cloud", "--port", "0"]
        self._command = as_in_a_terminal([*command, "--out", str(self.out), *options])

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait(lambda: "The cloud is up" in self.output(), "the cloud is not up")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def end(self, number: signal.Signals) -> list[int]:
        """Send the cloud a signal, wait until it is gone, and return what it left running."""
        started = descendants(self.process.pid)
        self.process.send_signal(number)
        self.process.wait()
        with suppress(TimeoutError):
            wait_until(lambda: not any(map(runs, started)))
        return [process for process in started if runs(process)]

    def output(self) -> str:
        """Return what it printed so far."""
        return self._log.read_text()

    def terminal(self, folder: Path, **environment: str) -> Terminal:
        """Open another terminal; uv is on its path unless `environment` has another."""
        return Terminal(self.script, folder, {"PATH": path_with_uv(), **environment})

    def client(self, service: str) -> Any:
        """Return a boto3 client that speaks to it; for looking, not for what users do."""
        port = self.variables()["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]
        return boto3.client(
            service,
            endpoint_url=f"http://localhost:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def variables(self) -> dict[str, str]:
        """Return what the script exports."""
        lines = [line for line in self.script.read_text().splitlines() if "=" in line]
        pairs = (line.removeprefix("export ").partition("=") for line in lines)
        return {name: value for name, _, value in pairs}

    def wait(self, done: Any, complaint: str) -> Any:
        """Wait until `done` answers something, and return it."""

        def look() -> Any:
            assert self.process.poll() is None, self.output()
            return done()

        return wait_until(look, lambda: f"{complaint}\n{self.output()}")


def program(name: str) -> Sequence[str]:
    """Return the command that `make test-long` gives in a variable."""
    if name not in os.environ:
        pytest.fail(f"{name} is not set: run `make test-long`")
    return shlex.split(os.environ[name])


def path_with_uv() -> str:
    """Return a search path on which the layers' Makefile finds uv."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def descendants(process: int) -> list[int]:
    """List the processes that descend from one."""
    processes = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, tasks.read_text().split()):
            processes += [child, *descendants(child)]
    return processes


def runs(process: int) -> bool:
    """Whether a process is there, and more than an entry that waits to be collected."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
