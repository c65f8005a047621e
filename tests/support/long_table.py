"""The table of `make test-long`: what was run, how often, and what came of it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from benchmarks.page import processor

HEADINGS = ("scenario", "repetitions", "how much", "what was checked", "result", "took", "on")
PASSED, FAILED = "passed", "**failed**"


@dataclass
class Figures:
    """What a long test counted while it ran; `counts` are numbers by what they count."""

    repetitions: int = 0
    counts: dict[str, float] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)
    # Tables of their own below the large one: numbers by what they count, by the table's title.
    tables: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def add(self, name: str, number: float) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + number

    def check(self, sentence: str) -> None:
        """Say what has just been asserted; say it after the assertion."""
        if sentence not in self.checked:
            self.checked.append(sentence)


@dataclass(frozen=True)
class Row:
    """One test that was run."""

    scenario: str
    figures: Figures
    passed: bool
    seconds: float


def scenario_of(test: str) -> str:
    """Write a test's name as words.

    >>> scenario_of("test_a_burst[2-x]")
    'a burst (2-x)'
    """
    name, _, parameters = test.removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return f"{words} ({parameters.removesuffix(']')})" if parameters else words


def render(
    rows: Sequence[Row],
    today: date,
    machine: str,
    python: str,
    earlier: str = "",
) -> str:
    """Write the page; what was not run now is kept from an `earlier` one."""
    lines = lines_of(earlier) | {row.scenario: _line(row, today) for row in rows}
    tables = tables_of(earlier)
    for row in rows:
        tables |= {title: _table(title, of) for title, of in row.figures.tables.items()}
    failed = sum(f" {FAILED} " in line for line in lines.values())
    verdict = f"{failed} of {len(lines)} failed" if failed else f"all {len(lines)} passed"
    head = [
        "# The long tests",
        "",
        "Written by `make test-long`; do not edit. These tests repeat at length what `make test`",
        "does briefly, and start the AWS CLI and the SAM CLI as users do. Everything ran on the",
        "local cloud. The machine had other work, so durations are upper bounds.",
        "",
        f"- Machine: {machine}",
        f"- Python: {python}",
        f"- Result: {verdict}",
        "",
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" * len(HEADINGS),
    ]
    return "\n".join([*head, *lines.values(), "", *tables.values()])


def lines_of(page: str) -> dict[str, str]:
    """Read the lines of the large table from a page, by scenario."""
    large = page.partition("\n## ")[0]
    table = [line for line in large.splitlines() if line.startswith("| ")][1:]
    return {re.split(r"(?<!\\) \| ", line[2:])[0]: line for line in table}


def tables_of(page: str) -> dict[str, str]:
    """Read the tables below the large one from a page, by title."""
    _, *tables = page.split("\n## ")
    return {table.partition("\n")[0]: f"## {table.rstrip()}\n" for table in tables}


def duration(seconds: float) -> str:
    """Write a duration in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def this_machine() -> str:
    """Describe this machine in plain words."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    if sys.platform == "linux":
        try:
            system = platform.freedesktop_os_release()["PRETTY_NAME"]
        except OSError:
            system = "Linux"
    else:
        system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores ({processor()}), {gigabytes:.0f} GB of memory, {system}"


def _table(title: str, rows: Mapping[str, int]) -> str:
    lines = (f"| {name} | {number:,} |" for name, number in rows.items())
    return "\n".join([f"## {title}", "", "| what | how often |", "|---|---|", *lines, ""])


def _line(row: Row, today: date) -> str:
    counts = "; ".join(f"{name}: {_number(n)}" for name, n in row.figures.counts.items())
    cells = (
        row.scenario,
        f"{row.figures.repetitions:,}",
        counts,
        "; ".join(row.figures.checked),
        PASSED if row.passed else FAILED,
        duration(row.seconds),
        f"{today:%Y-%m-%d}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
