"""What a trial cost: training and functions as AWS bills them, in US dollars. Pure."""

from __future__ import annotations

from typing import NamedTuple

from rich.table import Table

from operations.evidence import Evidence
from operations.prices import Prices

HOUR_SECONDS, MONTH_HOURS = 3600, 730


class Item(NamedTuple):
    """A line of the bill; `dollars` is None where no price is known."""

    what: str
    arithmetic: str
    dollars: float | None


def cost_items(prices: Prices, evidence: Evidence) -> list[Item]:
    """Return the lines: the job by its billed seconds, the functions by their reports."""
    job = evidence.job
    instance: str = job["ResourceConfig"]["InstanceType"]
    # Before billing is settled SageMaker does not tell; the time it trained is then the best known.
    trained = (job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds()
    seconds = float(job.get("BillableTimeInSeconds", trained))
    price = prices.instances.get(instance)
    hour = f"${price.dollars}" if price else f"the price of {instance}, see {prices.page}"
    reports = [report for found in evidence.reports().values() for report in found]
    gigabyte_seconds = sum(report.gigabyte_seconds for report in reports)
    time, call = prices.usage["lambda_time"].dollars, prices.usage["lambda_request"].dollars
    written, write = len(evidence.keys), prices.usage["s3_write"].dollars
    return [
        Item(
            f"training on {instance}",
            f"{seconds:.0f} s x {hour} / {HOUR_SECONDS} s",
            seconds * price.dollars / HOUR_SECONDS if price else None,
        ),
        Item(
            "functions",
            f"{gigabyte_seconds:.1f} GB-s x ${time:.10f} + {len(reports)} calls x ${call:.7f}",
            gigabyte_seconds * time + len(reports) * call,
        ),
        Item("objects written", f"{written} x ${write:.6f}", written * write),
    ]


def cost_table(prices: Prices, evidence: Evidence) -> Table:
    """Return the lines and their sum."""
    items = cost_items(prices, evidence)
    table = Table(
        box=None,
        pad_edge=False,
        caption=f"Prices of {prices.region}, see operations/prices.yaml; without other requests, "
        "queues, alarms and free tiers.",
        caption_justify="left",
    )
    table.add_column("cost of the trial")
    table.add_column("arithmetic")
    table.add_column("US dollars", justify="right")
    for item in items:
        dollars = "not known" if item.dollars is None else f"{item.dollars:.4f}"
        table.add_row(item.what, item.arithmetic, dollars)
    known = sum(item.dollars for item in items if item.dollars is not None)
    rest = "" if all(item.dollars is not None for item in items) else " and what is not known"
    table.add_row("[bold]all[/]", "", f"[bold]{known:.4f}{rest}[/]")
    return table
