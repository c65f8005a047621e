"""EventBridge gateway: sends the end of a job to whoever the stack's rule names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from common.errors import DroptrainError
from watch.job_end import DETAIL_TYPE, SOURCE

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class NotSentError(DroptrainError):
    """EventBridge didn't accept an event."""


@cache
def events_client() -> EventBridgeClient:
    """One client per process."""
    return boto3.client("events")


def send(detail: Mapping[str, Any]) -> None:
    """Send an event to the account's default bus.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

    Raises:
        NotSentError: EventBridge refused it; the request as a whole succeeds even then.
    """
    entry = {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": json.dumps(detail)}
    answer = events_client().put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        raise NotSentError(f"EventBridge answered with {answer['Entries'][0]}")
