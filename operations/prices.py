"""AWS's prices, from operations/prices.yaml."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import yaml

from operations.errors import OperationError

FILE = Path(__file__).with_name("prices.yaml")
# Types whose disks are their own: SageMaker adds no volume to them, whatever the request says.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
WITH_DISK = ("ml.g", "ml.p", "ml.r5d.")


@dataclass(frozen=True)
class Price:
    """US dollars for one `unit`; `confirmed` is when AWS's price list said so, or None."""

    dollars: float
    unit: str
    page: str
    usage_type: str
    confirmed: dt.date | None


@dataclass(frozen=True)
class Prices:
    """The prices of one region: of usage, by names of ours, and of an hour of each instance."""

    region: str
    usage: dict[str, Price]
    instances: dict[str, Price]

    @property
    def page(self) -> str:
        """Where AWS gives the prices of training."""
        return self.usage["training_volume"].page

    def instance(self, instance_type: str) -> Price:
        """Return the price of an hour of training.

        Raises:
            OperationError: the price of that type is not known.
        """
        if instance_type not in self.instances:
            raise OperationError(
                f"No price of {instance_type} is known; there are {', '.join(self.instances)}. "
                f"{self.page} has it, for operations/prices.yaml to hold it."
            )
        return self.instances[instance_type]


def read_prices(path: Path = FILE) -> Prices:
    """Read the prices."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    usage = {
        name: Price(
            entry["dollars"], entry["unit"], entry["page"], entry["usage_type"], entry["confirmed"]
        )
        for name, entry in found["usage"].items()
    }
    page = usage["training_volume"].page
    instances = {
        name: Price(entry["dollars"], "hour", page, f"USE1-Train:{name}", entry["confirmed"])
        for name, entry in found["instances"].items()
    }
    return Prices(found["region"], usage, instances)
