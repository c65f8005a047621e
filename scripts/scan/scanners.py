"""Start the scanners. Their pins clash with those of the tests: they have their own environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.scan import reports
from scripts.scan.reports import ScanError
from scripts.scan.skips import Finding

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.prefix) / "scan" / "bin"  # where `make scan` installs requirements/scan.txt


@dataclass(frozen=True)
class Scanner:
    """A scanner: how it is called in the skip list and the shell, and how its report reads."""

    name: str
    command: tuple[str, ...]
    read: Callable[[str], list[Finding]]


def scanners(template: Path, folders: list[str]) -> list[Scanner]:
    """Return the scanners for a transformed template and for folders of Python code."""
    bandit = ("bandit", "--quiet", "--format", "json", "--recursive")
    checkov = ("checkov", "--framework", "cloudformation", "--output", "json", "--file")
    nag = ("python", str(Path(__file__).with_name("cdk_nag_report.py")))
    return [
        # A `nosec` in the code would be a skip outside the list.
        Scanner("bandit", (*bandit, "--ignore-nosec", *folders), reports.of_bandit),
        # --skip-download: the checks that come with it, nothing from the network.
        Scanner("checkov", (*checkov, str(template), "--skip-download"), reports.of_checkov),
        Scanner("cdk-nag", (*nag, str(template)), reports.of_cdk_nag),
    ]


def scan(chosen: list[Scanner]) -> dict[str, list[Finding]]:
    """Return what each scanner finds; they run side by side.

    Raises:
        ScanError: a scanner could not do its work.
    """
    with ThreadPoolExecutor() as pool:
        printed = {one.name: pool.submit(run, *one.command) for one in chosen}
        return {one.name: one.read(printed[one.name].result()) for one in chosen}


def run(program: str, *arguments: str) -> str:
    """Return what a program of the scanners' environment prints; 1 is their "found something".

    Raises:
        ScanError: it is not installed, ended otherwise, or ended with 1 and nothing printed.
    """
    if not (PROGRAMS / program).exists():
        raise ScanError(f"{PROGRAMS / program} is not there; `make scan` installs it")
    command = [str(PROGRAMS / program), *arguments]
    done = subprocess.run(  # noqa: S603 (a list of our own making)
        command, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode not in (0, 1) or not done.stdout:
        raise ScanError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
