"""The shapes of what is sent: destination envelopes, job events, resource policies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from local_cloud.cloud import resource_policies
from local_cloud.cloud.arns import function_name
from local_cloud.cloud.function_process import InvocationOutcome
from local_cloud.cloud.invocations import envelope
from local_cloud.cloud.jobs import event_detail

RULE = "arn:aws:events:us-east-1:123456789012:rule/toy"


def test_the_envelope_of_a_success() -> None:
    sent = envelope("split", b'{"a": 1}', InvocationOutcome("id", "ok", {"b": 2}), "Success", 1)
    assert list(sent) == [
        "version", "timestamp", "requestContext", "requestPayload", "responseContext",
        "responsePayload",
    ]  # fmt: skip
    assert sent["requestPayload"] == {"a": 1}
    assert sent["responsePayload"] == {"b": 2}
    assert "functionError" not in sent["responseContext"]
    assert dt.datetime.fromisoformat(sent["timestamp"]).tzinfo is dt.UTC


def test_the_envelope_of_a_failure() -> None:
    error = {"errorType": "ValueError", "errorMessage": "no"}
    outcome = InvocationOutcome("id", "error", error)
    sent = envelope("split", b"{}", outcome, "RetriesExhausted", 3)
    assert sent["responseContext"]["functionError"] == "Unhandled"
    assert sent["requestContext"]["approximateInvokeCount"] == 3
    assert outcome.error == "ValueError: no"


def test_a_jobs_event_has_times_in_milliseconds_and_tags_as_a_map() -> None:
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    job = {
        "TrainingJobName": "run",
        "CreationTime": moment,
        "Environment": {"not": "in the event"},
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": moment}],
        "FailureReason": None,
    }
    detail = event_detail(job, [{"Key": "stack", "Value": "toy"}])
    assert detail == {
        "TrainingJobName": "run",
        "CreationTime": 1_767_225_600_000,
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": 1_767_225_600_000}],
        "Tags": {"stack": "toy"},
    }


def statement(**changes: Any) -> dict[str, Any]:
    base = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Condition": {"ArnLike": {"AWS:SourceArn": RULE}},
    }
    return {"Statement": [base | changes]}


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"Action": ["lambda:*"]}, True),
        ({"Principal": "*"}, True),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": ["arn:other", RULE]}}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/t*"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/x*"}}}, False),
        ({"Condition": {}}, True),
        ({"Effect": "Deny"}, False),
        ({"Action": "lambda:GetFunction"}, False),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
    ],
)
def test_a_policy_is_asked_for_service_action_and_source(
    changes: dict[str, Any], allowed: bool
) -> None:
    policy = statement(**changes)
    service, action = "events.amazonaws.com", "lambda:InvokeFunction"
    assert resource_policies.allows(policy, service, action, RULE) is allowed


@pytest.mark.parametrize(
    "name",
    ["f", "f:$LATEST", "arn:aws:lambda:r:1:function:f", "arn:aws:lambda:r:1:function:f:$LATEST"],
)
def test_a_function_has_one_name(name: str) -> None:
    assert function_name(name) == "f"
