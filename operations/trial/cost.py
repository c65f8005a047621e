"""What a trial cost in US dollars: training and functions as AWS bills them. Pure."""

from __future__ import annotations

from typing import NamedTuple

from rich.table import Table

from operations.prices import Prices
from operations.trial.evidence import FUNCTIONS, Evidence
from operations.trial.function_logs import read_invocations


class TrialCharge(NamedTuple):
    """A row of the bill; `dollars` is None if the price is unknown."""

    item: str
    arithmetic: str
    dollars: float | None


def trial_charges(prices: Prices, evidence: Evidence) -> list[TrialCharge]:
    """Return the charges: the job by its billed seconds, the functions by their reports."""
    job = evidence.job
    resources = job["ResourceConfig"]
    # With several types in InstanceType, SageMaker chooses one and bills it.
    instance: str = resources.get("SelectedInstanceType") or resources["InstanceType"]
    # Until billing is settled SageMaker doesn't report it; the training time is the best guess.
    trained = (job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds()
    seconds = float(job.get("BillableTimeInSeconds", trained))
    price = prices.instances.get(instance)
    hour = f"${price.dollars}" if price else f"the price of {instance}, see {prices.page}"
    reports = [report for name in FUNCTIONS for report in read_invocations(evidence.lines[name])]
    gigabyte_seconds = sum(report.gigabyte_seconds for report in reports)
    second, call = (prices.usage[name].dollars for name in ("lambda_time", "lambda_request"))
    written, write = len(evidence.keys), prices.usage["s3_write"].dollars
    return [
        TrialCharge(
            f"training on {instance}",
            f"{seconds:.0f} s x {hour} / 3600 s",
            seconds * price.dollars / 3600 if price else None,
        ),
        TrialCharge(
            "functions",
            f"{gigabyte_seconds:.1f} GB-s x ${second:.10f} + {len(reports)} calls x ${call:.7f}",
            gigabyte_seconds * second + len(reports) * call,
        ),
        TrialCharge("objects written", f"{written} x ${write:.6f}", written * write),
    ]


def cost_table(prices: Prices, evidence: Evidence) -> Table:
    """Return the charges and their sum."""
    table = Table(
        "cost of the trial",
        "arithmetic",
        box=None,
        pad_edge=False,
        caption=f"Prices of {prices.region} (operations/prices.yaml). Other requests, queues and "
        "alarms come on top; free tiers are ignored.",
        caption_justify="left",
    )
    table.add_column("US dollars", justify="right")
    total, unknown = 0.0, ""
    for item, arithmetic, dollars in trial_charges(prices, evidence):
        table.add_row(item, arithmetic, "unknown" if dollars is None else f"{dollars:.4f}")
        total += dollars or 0
        unknown = " and the unknown" if dollars is None else unknown
    table.add_row("[bold]total[/]", "", f"[bold]{total:.4f}{unknown}[/]")
    return table
