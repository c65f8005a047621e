"""Reads FailureQueue's messages: which function an event was meant for, and why it failed. Pure.

Three services send there, each in its own shape:

    Lambda        an envelope around the event of a function that failed three times
                  https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    EventBridge   the event; target and reason are attributes of the message
                  https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    Scheduler     the schedule's input, with the same attributes
                  https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq-show.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GivenUpEvent:
    """An event to send again; `function` is the ARN of the function that it was meant for."""

    function: str
    payload: str
    reason: str

    @property
    def function_name(self) -> str:
        """The function's name, without account and region."""
        return self.function.split(":")[6]


def read_message(message: Mapping[str, Any]) -> GivenUpEvent | None:
    """Read a message as SQS returned it; None if it has none of the three shapes."""
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    if "requestContext" in body and "requestPayload" in body:
        return _from_lambda(body)
    attributes = {
        name: value.get("StringValue", "")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    target = attributes.get("TARGET_ARN", "")
    if ":function:" not in target:
        return None
    reason = f"{attributes.get('ERROR_CODE', '')}: {attributes.get('ERROR_MESSAGE', '')}"
    return GivenUpEvent(target, message["Body"], reason.strip(": "))


def _from_lambda(envelope: Mapping[str, Any]) -> GivenUpEvent:
    context = envelope["requestContext"]
    # The function's ARN ends with a version, which isn't the deployed one any more.
    function = ":".join(str(context["functionArn"]).split(":")[:7])
    error = envelope.get("responsePayload") or {}
    reason = error.get("errorMessage", "") if isinstance(error, dict) else ""
    payload = json.dumps(envelope["requestPayload"])
    return GivenUpEvent(function, payload, f"{context.get('condition', '')}: {reason}".strip(": "))
