"""Tells on the terminal what a record says, in the words of who waits for a run."""

from __future__ import annotations

from local_cloud.cloud.event_log import (
    CloudEvent,
    CloudFailed,
    FunctionEnded,
    JobChanged,
    JobLine,
    Undelivered,
)
from local_cloud.run.display import Display
from local_cloud.run.epochs import read_epoch


def tell(record: CloudEvent, display: Display) -> None:
    """Show the record, unless it is one of the many that nobody waits for."""
    if isinstance(record, JobLine):
        epoch = read_epoch(record.line)
        if epoch:
            display.epoch(epoch)
    elif isinstance(record, JobChanged) and record.secondary != "Training":
        display.end_training()
        display.say(f"Training job {record.job}: {record.secondary}.")
    elif isinstance(record, JobChanged):
        display.say(f"Training job {record.job}: TensorFlow is starting; the first epoch follows.")
    elif isinstance(record, FunctionEnded) and record.status != "ok":
        display.say(f"{record.function} failed: {record.error}")
    elif isinstance(record, CloudFailed):
        display.say(record.sentence)
    elif isinstance(record, Undelivered):
        display.say(f"{record.source}: not delivered to {record.target}: {record.reason}")
