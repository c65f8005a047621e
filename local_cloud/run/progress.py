"""Shows the events of the cloud on the display, with the epochs read from the job's log."""

from __future__ import annotations

import re

from local_cloud.cloud.event_log import (
    CloudEvent,
    CloudFailed,
    FunctionEnded,
    JobChanged,
    JobLine,
    Undelivered,
)
from local_cloud.run.display import Display

EPOCH = re.compile(r"epoch (?P<epoch>\d+)/(?P<epochs>\d+) - (?P<metrics>.*)")
FEATURES = "features of the "
METRIC = re.compile(r"(?P<name>[a-z_0-9]+): (?P<value>-?[\d.]+(?:e[+-]?\d+)?|nan|inf)")


def show_event(event: CloudEvent, display: Display) -> None:
    """Show an event, unless it is one of the many that don't matter to a user."""
    if isinstance(event, JobLine):
        _show_line(event.line, display)
    elif isinstance(event, JobChanged):
        if event.secondary == "Training":
            display.say(f"Training job {event.job}: starting TensorFlow.")
        else:
            display.end_training()
            display.say(f"Training job {event.job}: {event.secondary}.")
    elif isinstance(event, FunctionEnded) and event.status != "ok":
        display.say(f"Function {event.function} failed: {event.error}")
    elif isinstance(event, CloudFailed):
        display.say(event.sentence)
    elif isinstance(event, Undelivered):
        display.say(f"{event.source} could not reach {event.target}: {event.reason}")


def _show_line(line: str, display: Display) -> None:
    if epoch := read_epoch(line):
        display.epoch(*epoch)
    elif line.startswith(FEATURES):  # they take most of the time
        display.say(f"{line.capitalize()}.")


def read_epoch(line: str) -> tuple[int, int, str] | None:
    """Read a line such as `epoch 3/30 - loss: 0.4312 - val_accuracy: 0.7900 - 3.2 s`.

    Returns:
        The number of the epoch, the number of epochs, and a text with accuracy and loss; None
        for any other line.
    """
    match = EPOCH.match(line)
    if match is None:
        return None
    metrics = {metric["name"]: metric["value"] for metric in METRIC.finditer(match["metrics"])}

    def figure(name: str) -> str:
        return f"{float(metrics[name]):.3f}" if name in metrics else "-"

    text = ", ".join(
        f"{name} {figure(name)} (validation {figure(f'val_{name}')})"
        for name in ("accuracy", "loss")
    )
    return int(match["epoch"]), int(match["epochs"]), text
