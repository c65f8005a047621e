"""The sections of docs/benchmarks.md, each written by the benchmark that measured it."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from scripts.blocks import replace_block

PAGE = ROOT / "docs" / "benchmarks.md"


def machine() -> str:
    """Describe this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores ({processor()}) with {memory:.0f} GiB, "
        f"Python {platform.python_version()}"
    )


def processor() -> str:
    """Name the processor, or its architecture where the system gives no name."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (models or [platform.processor() or platform.machine()])[0]


def circumstances(load_before: float) -> str:
    """Return date, machine and load of a measurement that ends now."""
    return (
        f"Measured {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC on {machine()}. "
        f"Load average of the last minute before and after: {load_before:.1f} and "
        f"{os.getloadavg()[0]:.1f}."
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def targets(rows: Sequence[Sequence[str]]) -> str:
    """Write a table of targets."""
    return table(["what", "measured", "wanted", ""], rows)


def at_least(target: str, measured: float, bound: float, digits: int = 2) -> list[str]:
    """Return the row of a target that is met from `bound` upwards."""
    return [target, f"{measured:.{digits}f}", f"at least {bound:g}", _met(measured >= bound)]


def at_most(target: str, measured: float, bound: float, digits: int = 2) -> list[str]:
    """Return the row of a target that is met up to `bound`."""
    return [target, f"{measured:.{digits}f}", f"at most {bound:g}", _met(measured <= bound)]


def above_zero(target: str, points: float) -> list[str]:
    """Return the row of a target that is met by a gain."""
    return [target, f"{points:+.1f}", "above 0", _met(points > 0)]


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


def measure(module: str, *arguments: object, cpu: int | None = None, **environment: str) -> Any:
    """Run a module in a process of its own, on `cpu` if given; return the JSON it prints last.

    Raises:
        subprocess.CalledProcessError: the process failed.
    """
    pinned = () if cpu is None else ("taskset", "--cpu-list", str(cpu))
    command = [*pinned, sys.executable, "-m", module, *map(str, arguments)]
    defaults = {"POWERTOOLS_LOG_LEVEL": "ERROR", "TF_CPP_MIN_LOG_LEVEL": "3"}
    output = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | defaults | environment,
    ).stdout
    measured = json.loads(output.splitlines()[-1])
    print(" ".join(command[len(pinned) + 2 :]), measured, file=sys.stderr, flush=True)
    return measured


def parser(section: str) -> argparse.ArgumentParser:
    """Return the parser of a benchmark with its option --write."""
    arguments = argparse.ArgumentParser(prog=f"python -m benchmarks.{section}")
    arguments.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return arguments


def parse(arguments: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse the command line; only a benchmark with all its defaults may be written."""
    options = arguments.parse_args()
    values = vars(options).items()
    changed = [name for name, value in values if value != arguments.get_default(name)]
    if options.write and changed != ["write"]:
        arguments.error("--write is for whole measurements, without other options")
    return options


def publish(section: str, parts: Sequence[str], *, write: bool) -> None:
    """Print the parts of a section, and write them into docs/benchmarks.md if asked to."""
    text = "\n\n".join(parts)
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(replace_block(page, section, f"\n{text}\n\n"), encoding="utf-8")
