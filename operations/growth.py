"""What a stack keeps after a year of daily drops, as the table of docs/operations.md.

Days and defaults come from the template, the sizes of model and checkpoint from `operations.costs`;
the other sizes are assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from operations.costs import CHECKPOINT_MEGABYTES, MODEL_MEGABYTES
from operations.prices import read_prices
from operations.sam import ROOT

HEAD = "| what | how much | GB | US dollars a month | kept |\n|---|---|---|---|---|\n"
DAYS = 365
# Assumed of one run, besides the model: archive, plots, report and review of about 1,000 images.
RESULT_MEGABYTES = 8
MANIFEST_BYTES = 220  # of a line, with a key of 40 characters
LOG_MEGABYTES = 0.1  # assumed of one job
# A lifecycle rule acts at midnight after the day is over.
VERSION_DAYS = 2


@dataclass(frozen=True)
class Growth:
    """A row: what is kept after a year, and until when."""

    what: str
    arithmetic: str
    gigabytes: float
    kept: str


def growth_table(images: int = 1000, megabytes: float = 2.0) -> str:
    """Return the table for a stack of so many images, whose drop changes every day."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    price = read_prices().usage["s3_storage"].dollars
    rows = growth(template, images, megabytes)
    lines = [
        f"| {row.what} | {row.arithmetic} | {row.gigabytes:.2f} | {row.gigabytes * price:.2f} "
        f"| {row.kept} |\n"
        for row in rows
    ]
    total = sum(row.gigabytes for row in rows)
    return f"{HEAD}{''.join(lines)}| total | | {total:.2f} | {total * price:.2f} | |"


def growth(template: Mapping[str, Any], images: int, megabytes: float) -> list[Growth]:
    """Return what a year of one run a day leaves, with the template's rules and defaults."""
    defaults = {name: rule.get("Default") for name, rule in template["Parameters"].items()}
    rules = template["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    days = {rule["Id"]: rule.get("ExpirationInDays") for rule in rules}
    epochs, checkpoint_days = defaults["Epochs"], days["ExpireCheckpoints"]
    versions = VERSION_DAYS * epochs + checkpoint_days
    size, yours = f"{images:,} x {megabytes:g} MB", "until you delete them"
    copies = f"{defaults['DatasetExpiryDays']} days, renewed while they are needed"
    checkpoints = (
        f"({VERSION_DAYS} days x {epochs} epochs + {checkpoint_days} days) x "
        f"{CHECKPOINT_MEGABYTES} MB"
    )
    rows = [
        ("images", size, images * megabytes, yours),
        ("copies", size, images * megabytes, copies),
        _of_runs("models", MODEL_MEGABYTES),
        _of_runs("results, plots, reports (assumed)", RESULT_MEGABYTES),
        _of_runs("manifests", images * MANIFEST_BYTES / 1e6),
        (
            "checkpoints",
            checkpoints,
            versions * CHECKPOINT_MEGABYTES,
            f"{checkpoint_days} days, versions one day",
        ),
        _of_runs("logs of the jobs (assumed), in CloudWatch", LOG_MEGABYTES),
    ]
    return [Growth(what, text, amount / 1e3, kept) for what, text, amount, kept in rows]


def _of_runs(what: str, megabytes: float) -> tuple[str, str, float, str]:
    return what, f"{DAYS} x {megabytes:g} MB", DAYS * megabytes, "until you delete them"
