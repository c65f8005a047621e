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
    return [
        Growth("images", f"{images:,} x {megabytes:g} MB", images * megabytes / 1e3, "by you"),
        Growth(
            "copies",
            f"{images:,} x {megabytes:g} MB",
            images * megabytes / 1e3,
            f"{defaults['DatasetExpiryDays']} days, renewed while they are needed",
        ),
        Growth(
            "models",
            f"{DAYS} x {MODEL_MEGABYTES} MB",
            DAYS * MODEL_MEGABYTES / 1e3,
            "until you delete them",
        ),
        Growth(
            "results, plots, reports (assumed)",
            f"{DAYS} x {RESULT_MEGABYTES} MB",
            DAYS * RESULT_MEGABYTES / 1e3,
            "until you delete them",
        ),
        Growth(
            "manifests",
            f"{DAYS} x {images:,} x {MANIFEST_BYTES} bytes",
            DAYS * images * MANIFEST_BYTES / 1e9,
            "until you delete them",
        ),
        Growth(
            "checkpoints",
            f"({VERSION_DAYS} days x {epochs} epochs + {checkpoint_days} days) x "
            f"{CHECKPOINT_MEGABYTES} MB",
            versions * CHECKPOINT_MEGABYTES / 1e3,
            f"{checkpoint_days} days, versions one day",
        ),
        Growth(
            "logs of the jobs (assumed)",
            f"{DAYS} x {LOG_MEGABYTES} MB",
            DAYS * LOG_MEGABYTES / 1e3,
            "until you delete them, in CloudWatch at 0.03 dollars",
        ),
    ]
