"""The tables of docs/deployment.md: what droptrain costs, with the arithmetic."""

from __future__ import annotations

from collections.abc import Iterable

from samtranslator.yaml_helper import yaml_parse

from operations.costs import ANSWERS, DAYS_OF_A_MONTH, Bill, Charge, Usage
from operations.prices import Price, read_prices
from operations.sam import ROOT

HEAD = "| what | how much | each | US dollars |\n|---|---|---|---|\n"


def cost_tables(usage: Usage | None = None) -> str:
    """Return a table of each kind of cost, in Markdown.

    Raises:
        OperationError: the price of the instance type is not known.
    """
    usage = usage or Usage()
    bill = Bill(
        usage, read_prices(), yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    )
    minutes, images = f"{usage.minutes:g} minutes", f"{usage.images:,} images"
    stored = f"A month's storage of {images} of {usage.megabytes:g} MB"
    sections = {
        "A month in which nothing happens": table(bill.idle()) + "\n\n" + _dashboard(bill),
        stored: table(bill.storage()),
        f"A drop of {images}": table(bill.drop()),
        f"A training job of {minutes}": table(bill.job()),
        f"{ANSWERS:,} answers": table(bill.predictions()) + "\n\n" + _rekognition(bill),
        f"{minutes} of training, by instance type": _instances(bill) + "\n" + _worst_case(bill),
    }
    return "\n\n".join(f"### {heading}\n\n{body}" for heading, body in sections.items())


def table(charges: Iterable[Charge]) -> str:
    """Return rows and their sum."""
    charges = list(charges)
    rows = [
        f"| {charge.item} | {charge.arithmetic} | {_each(charge.price)} | {charge.dollars:.4f} |\n"
        for charge in charges
    ]
    return f"{HEAD}{''.join(rows)}| total | | | {sum(charge.dollars for charge in charges):.4f} |"


def _instances(bill: Bill) -> str:
    hours, head = (
        bill.usage.minutes / 60,
        "| instance type | an hour | US dollars |\n|---|---|---|\n",
    )
    return head + "".join(
        f"| `{name}` | {_each(price)} | {price.dollars * hours:.4f} |\n"
        for name, price in bill.prices.instances.items()
    )


def _dashboard(bill: Bill) -> str:
    price = bill.prices.usage["dashboard"]
    return (
        f"`Dashboard=true` adds {_each(price)} dollars where the account has three others already."
    )


def _rekognition(bill: Bill) -> str:
    price, each = bill.prices.usage["custom_labels"], sum(c.dollars for c in bill.predictions())
    month = 24 * DAYS_OF_A_MONTH * price.dollars
    return (
        f"A model of Rekognition Custom Labels costs {_each(price)} dollars an hour while it runs, "
        f"{month:,.0f} a month if images may come at any time. For the price of one hour predict "
        f"answers {int(price.dollars / each) * ANSWERS:,} images; while none comes, only the polls "
        "of its queue cost something."
    )


def _worst_case(bill: Bill) -> str:
    runs, name = bill.defaults["MaximumRunsPerDay"], bill.defaults["InstanceType"]
    hours, price = bill.defaults["MaximumRunSeconds"] / 3600, bill.prices.instance(name)
    month = bill.defaults["MaximumTrainingHoursPerMonth"]
    return (
        f"Worst case per day: {runs} jobs (`MaximumRunsPerDay`) x {hours:g} hours "
        f"(`MaximumRunSeconds`) x {_each(price)} dollars (`{name}`) = "
        f"{runs * hours * price.dollars:.2f}.\n"
        f"Worst case per month: {month} hours (`MaximumTrainingHoursPerMonth`) x {_each(price)} "
        f"dollars = {month * price.dollars:.2f}."
    )


def _each(price: Price) -> str:
    return f"{price.dollars:.10f}".rstrip("0").rstrip(".") + ("" if price.confirmed else " *")
