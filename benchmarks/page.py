"""The sections of docs/benchmarks.md, each written by the command that measured it."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def machine() -> str:
    """Say what this was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores ({processor()}) with {memory:.0f} GiB, "
        f"Python {platform.python_version()}"
    )


def processor() -> str:
    """Name the processor; its architecture where the system does not tell more."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (models or [platform.processor() or platform.machine()])[0]


def circumstances(load_before: float) -> str:
    """Say when and on what this was measured, and what else the machine did."""
    return (
        f"Measured {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC on {machine()}. "
        f"Load average of the last minute before and after: {load_before:.1f} and "
        f"{os.getloadavg()[0]:.1f}."
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(section: str, text: str) -> None:
    """Put `text` between the section's marks in docs/benchmarks.md."""
    begin, end = f"<!-- {section}: written by make benchmark-{section} -->", f"<!-- /{section} -->"
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"{PAGE} has no section {section}")
    PAGE.write_text(pattern.sub(lambda _: f"{begin}\n\n{text}\n\n{end}", page), encoding="utf-8")
