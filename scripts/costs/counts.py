"""What drops asked of AWS, as scripts/count_requests.py counted it on the local cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("requests.json")
Drop = Mapping[str, Any]


class Counts:
    """Two drops of different sizes; what another size asks lies on the line through them."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.epochs: int = found["epochs"]
        drops = sorted(found["drops"].items(), key=lambda item: int(item[0]))
        (few, self._small), (many, self._large) = drops
        self._few, self._many = int(few), int(many)

    def requests(self, who: str, kind: str, images: int) -> int:
        """Return the requests to S3 that a drop of so many images makes.

        Args:
            who: user, intake, split, launch, plot, training or checkpoints.
            kind: put, list or get.
            images: of the drop.
        """
        return round(self._fit(lambda drop: drop["requests"][who].get(kind, 0), images))

    def per_image(self, who: str, kind: str) -> float:
        """Return how many requests each further image adds."""

        def count(drop: Drop) -> float:
            return float(drop["requests"][who].get(kind, 0))

        return (count(self._large) - count(self._small)) / (self._many - self._few)

    def log_bytes(self, images: int) -> float:
        """Return what a drop writes to the logs, the job's among them."""
        return self._fit(lambda drop: drop["log_bytes"], images)

    def metrics(self) -> int:
        """Return how many metrics a drop sends."""
        return len(self._large["metrics"])

    def invocations(self, function: str) -> int:
        """Return how often a drop starts a function."""
        return int(self._large["invocations"][function])

    def stored_bytes(self, folder: str) -> int:
        """Return what the larger drop left in a folder of the bucket, all versions together."""
        return int(self._large["stored_bytes"][folder])

    def _fit(self, count: Callable[[Drop], float], images: int) -> float:
        low, high = float(count(self._small)), float(count(self._large))
        return low + (high - low) / (self._many - self._few) * (images - self._few)


def read_counts(path: Path = FILE) -> Counts:
    """Read what was counted."""
    return Counts(json.loads(path.read_text(encoding="utf-8")))
