"""Reads the progress of a training job from the lines it prints. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

EPOCH = re.compile(r"epoch (?P<epoch>\d+)/(?P<epochs>\d+) - (?P<metrics>.*)")
METRIC = re.compile(r"(?P<name>[a-z_0-9]+): (?P<value>-?[\d.]+(?:e[+-]?\d+)?|nan|inf)")


@dataclass(frozen=True)
class Epoch:
    """An epoch that is complete, and its metrics."""

    number: int
    of: int
    metrics: dict[str, float]


def read_epoch(line: str) -> Epoch | None:
    """Read a line such as `epoch 3/30 - loss: 0.4312 - val_accuracy: 0.7900 - 3.2 s`."""
    match = EPOCH.match(line)
    if match is None:
        return None
    metrics = {m["name"]: float(m["value"]) for m in METRIC.finditer(match["metrics"])}
    return Epoch(int(match["epoch"]), int(match["epochs"]), metrics)
