"""The sections of docs/benchmarks.md, each written by the benchmark that measured it."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks import ROOT
from scripts.blocks import replace_block

PAGE = ROOT / "docs" / "benchmarks.md"
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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


def in_a_process(
    cpus: Collection[int],
    function: Callable[Arguments, Result],
    *arguments: Arguments.args,
    **keywords: Arguments.kwargs,
) -> Result:
    """Call a function in a fresh process, on these CPUs if there are any; return its result."""
    pin = (os.sched_setaffinity, (0, cpus)) if cpus else ()
    with ProcessPoolExecutor(1, get_context("spawn"), *pin) as pool:
        measured = pool.submit(function, *arguments, **keywords).result()
    print(function.__name__, *arguments, measured, file=sys.stderr, flush=True)
    return measured


def parser_for(section: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser for a benchmark on folders of classes: `--images` and `--write`."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{section}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--images", type=Path, nargs="+", default=[], help="folders of classes")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser


def run(section: str, measure: Callable[[], Sequence[str]]) -> None:
    """Measure and publish the parts of a section, after the date, the machine and the load."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{section}")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    parts = measure()
    circumstances = (
        f"Measured {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC on {machine()}. Load average of "
        f"the last minute before and after: {load:.1f} and {os.getloadavg()[0]:.1f}."
    )
    publish(section, [circumstances, *parts], write=options.write)


def publish(section: str, parts: Sequence[str], *, write: bool) -> None:
    """Print the parts of a section, and write them into docs/benchmarks.md if asked to."""
    text = "\n\n".join(parts)
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(replace_block(page, section, f"\n{text}\n\n"), encoding="utf-8")
