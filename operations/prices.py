"""AWS's prices, from operations/prices.yaml."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.errors import OperationError

FILE = Path(__file__).with_name("prices.yaml")
PAGE = "https://aws.amazon.com/sagemaker/ai/pricing/"


@dataclass(frozen=True)
class Price:
    """US dollars for one unit; `confirmed` is when AWS's price list showed it, or None."""

    dollars: float
    confirmed: dt.date | None = None


@dataclass(frozen=True)
class Prices:
    """The prices of one region: of usage, by names of ours, and of an hour of each instance."""

    region: str
    usage: dict[str, Price]
    instances: dict[str, Price]
    page = PAGE  # where AWS lists the prices of training

    def instance(self, instance_type: str) -> Price:
        """Return the price of an hour of training.

        Raises:
            OperationError: the price of that type is not known.
        """
        if instance_type not in self.instances:
            raise OperationError(
                f"No price of {instance_type} is known, only those of {', '.join(self.instances)}. "
                f"Look it up on {PAGE} and add it to operations/prices.yaml."
            )
        return self.instances[instance_type]


def read_prices(path: Path = FILE) -> Prices:
    """Read the prices."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Prices(document["region"], _prices(document["usage"]), _prices(document["instances"]))


def _prices(entries: dict[str, dict[str, Any]]) -> dict[str, Price]:
    return {name: Price(entry["dollars"], entry["confirmed"]) for name, entry in entries.items()}
