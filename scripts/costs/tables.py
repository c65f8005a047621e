"""Writes the bill as the tables of docs/deployment.md."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.costs import trickle
from scripts.costs.bill import Bill, Line, Usage

HEAD = "| what | how much | each | US dollars |\n|---|---|---|---|\n"
TO_CHECK = " *"


def tables(bill: Bill, usage: Usage) -> str:
    """Write a table of each kind of cost."""
    arithmetic, dollars = bill.bad_day()
    minutes = f"{usage.minutes:g} minutes"
    parts = (
        ("A month in which nothing happens", table(bill.idle())),
        (
            f"A month's storage of {usage.images:,} images of {usage.megabytes:g} MB",
            table(bill.storage(usage)),
        ),
        (f"A drop of {usage.images:,} images", table(bill.drop(usage))),
        (f"A training job of {minutes}", table(bill.run(usage))),
        (f"{minutes} of training, by instance type", instances(bill, usage)),
    )
    text = "\n".join(_part(heading, body) for heading, body in parts)
    last = _part(f"A trickle of {trickle.IMAGES_A_DAY} images a day", trickle.section(bill))
    return (
        f"{text}\nThe most that the jobs of a day cost by default: {arithmetic} = {dollars:.2f}.\n"
        f"\n{last}"
    )


def table(lines: Iterable[Line]) -> str:
    """Write rows and their sum."""
    lines = list(lines)
    rows = "".join(
        f"| {line.what} | {line.arithmetic} | {_each(line.each, confirmed=line.confirmed)} "
        f"| {line.dollars:.4f} |\n"
        for line in lines
    )
    return f"{HEAD}{rows}| in all | | | {sum(line.dollars for line in lines):.4f} |\n"


def instances(bill: Bill, usage: Usage) -> str:
    """Write what an hour, and the job's time, costs on each instance type."""
    rows = "".join(
        f"| `{name}` | {_each(price.dollars, confirmed=price.confirmed is not None)} "
        f"| {price.dollars * usage.minutes / 60:.4f} |\n"
        for name, price in bill.prices.instances.items()
    )
    return f"| instance type | an hour | US dollars |\n|---|---|---|\n{rows}"


def _part(heading: str, body: str) -> str:
    return f"### {heading}\n\n{body}"


def _each(dollars: float, *, confirmed: bool) -> str:
    return f"{dollars:.10f}".rstrip("0") + ("" if confirmed else TO_CHECK)
