"""How long Python takes to import a handler, as in a function that has just been started.

The built layers hold packages for Lambda's Python and processor, which this machine cannot import.
So the packages of the same names that are installed here stand in, and no others: a handler that
imports what its layers lack fails here as it would in Lambda.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operations.built import BuiltFunction
from operations.errors import OperationError

# A line of `python -X importtime`: own microseconds, with all it imports, name.
LINE = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \| \s*(\S+)$", re.MULTILINE)
PROGRAM = """
import sys, time
started = time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - started)
"""
BIGGEST = 3
# What Lambda's Python brings along: boto3 and what boto3 needs.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")


@dataclass(frozen=True)
class ImportTime:
    """Seconds of one import; `packages` are own seconds by top-level package."""

    seconds: float
    packages: dict[str, float]

    def biggest(self) -> list[tuple[str, float]]:
        """Name the packages that took the longest."""
        return sorted(self.packages.items(), key=lambda item: -item[1])[:BIGGEST]


def measure(function: BuiltFunction, times: int) -> ImportTime:
    """Import a handler's module in fresh processes and return the quickest import.

    Every module is compiled anew, because no `.pyc` file is found or written: a layer's folder is
    read-only in Lambda, and the layers ship none.

    Raises:
        OperationError: the module cannot be imported.
    """
    module = function.handler.rpartition(".")[0]
    with tempfile.TemporaryDirectory() as folder:
        packages = Path(folder) / "packages"
        packages.mkdir()
        _stand_in(
            packages, {*RUNTIME, *(name for f in function.folders[1:] for name in f.packages)}
        )
        runs = [_import(function.code, packages, module) for _ in range(times)]
    return min(runs, key=lambda found: found.seconds)


def read_trace(trace: str) -> dict[str, float]:
    """Add up own seconds by top-level package from the output of `-X importtime`."""
    packages: dict[str, float] = {}
    for microseconds, name in LINE.findall(trace):
        package = name.partition(".")[0]
        packages[package] = packages.get(package, 0.0) + int(microseconds) / 1e6
    return packages


def _stand_in(packages: Path, names: Iterable[str]) -> None:
    installed = Path(sysconfig.get_paths()["purelib"])
    for name in names:
        if (installed / name).exists():
            (packages / name).symlink_to(installed / name)


def _import(code: Path, packages: Path, module: str) -> ImportTime:
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": home,
            "PYTHONPATH": f"{code}{os.pathsep}{packages}",
            "PYTHONPYCACHEPREFIX": home,
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLCONFIGDIR": home,
        }
        done = subprocess.run(
            # -S: without the packages that are installed here.
            [sys.executable, "-S", "-X", "importtime", "-c", PROGRAM, module],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
        raise OperationError(
            f"{module} cannot be imported with its layers' packages:\n" + "\n".join(lines)
        )
    return ImportTime(float(done.stdout.split()[-1]), read_trace(done.stderr))
