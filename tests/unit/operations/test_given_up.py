"""Each shape of a message in FailureQueue leads to the function and the event that it is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud.cloud.function_process import InvocationOutcome
from local_cloud.cloud.invocations import envelope
from operations.given_up import GivenUpEvent, read_message

ARN = "arn:aws:lambda:us-east-1:123456789012:function:plot"
EVENT = {"detail": {"TrainingJobName": "run"}}


def message(body: object, **attributes: str) -> dict[str, Any]:
    values = {name: {"StringValue": value} for name, value in attributes.items()}
    return {"Body": json.dumps(body), "MessageAttributes": values}


def test_a_function_that_failed_three_times():
    answer = {"errorType": "ClientError", "errorMessage": "SlowDown"}
    outcome = InvocationOutcome("1", "error", answer)
    body = envelope("plot", json.dumps(EVENT).encode(), outcome, "RetriesExhausted", 3)

    event = read_message(message(body))

    assert event == GivenUpEvent(ARN, json.dumps(EVENT), "RetriesExhausted: SlowDown")
    assert event.function_name == "plot"


def test_an_event_that_waited_too_long_has_no_answer():
    context = {"functionArn": f"{ARN}:$LATEST", "condition": "EventAgeExceeded"}

    event = read_message(message({"requestContext": context, "requestPayload": EVENT}))

    assert event == GivenUpEvent(ARN, json.dumps(EVENT), "EventAgeExceeded")


@pytest.mark.parametrize("sender", [{"RULE_ARN": "arn:rule"}, {"SCHEDULE_ARN": "arn:schedule"}])
def test_what_a_rule_or_a_schedule_could_not_deliver(sender: dict[str, str]):
    reason = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "no permission"}

    event = read_message(message(EVENT, TARGET_ARN=ARN, **reason, **sender))

    assert event == GivenUpEvent(ARN, json.dumps(EVENT), "NO_PERMISSIONS: no permission")


@pytest.mark.parametrize(
    "foreign",
    [
        {"Body": "not JSON"},
        message(["a", "list"]),
        message(EVENT),
        message(EVENT, TARGET_ARN="arn:aws:sqs:us-east-1:123456789012:queue"),
    ],
)
def test_a_message_of_another_shape_is_nobodys(foreign: dict[str, Any]):
    assert read_message(foreign) is None
