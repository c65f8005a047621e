"""Intake against moto: schedules made once, failures reported one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.status import StatusBoard
from common.storage import Bucket
from intake import marker, scheduler
from intake.handler import handle
from tests.support.aws import BUCKET, GROUP, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_PERIOD_SECONDS", "120")
    monkeypatch.setenv("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/scheduler")
    monkeypatch.setenv("SPLIT_FUNCTION_ARN", "arn:aws:lambda:us-east-1:123456789012:function:s")
    monkeypatch.setenv("FAILURE_QUEUE_ARN", "arn:aws:sqs:us-east-1:123456789012:failures")


def call(name: str) -> dict[str, Any]:
    return handle(load_event(f"sqs/{name}"), LambdaContext())


@pytest.mark.parametrize(
    "name",
    [
        "object_created",
        "object_created_encoded_key",
        "object_removed",
        "object_removed_delete_marker",
    ],
)
def test_a_change_makes_the_schedule_of_its_window(aws: Stack, name: str):
    assert call(name) == {"batchItemFailures": []}

    [(schedule, payload)] = aws.schedules().items()
    assert schedule == payload["window"]
    assert payload["kind"] == "window"
    assert payload["source"] == "droptrain.schedule"


def test_the_schedule_fires_once_goes_away_and_has_a_dead_letter_queue(aws: Stack):
    call("object_created")

    [name] = aws.schedules()
    schedule = aws.scheduler.get_schedule(GroupName=GROUP, Name=name)
    assert schedule["ScheduleExpression"].startswith("at(")
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["DeadLetterConfig"]["Arn"].endswith(":failures")


def test_the_same_event_again_changes_nothing(aws: Stack):
    call("object_created")
    before = aws.schedules()
    scheduler.forget()

    assert call("object_created") == {"batchItemFailures": []}
    assert aws.schedules() == before


def test_status_says_until_when_it_waits(aws: Stack):
    call("object_created")

    drop = aws.status()["drop"]
    assert drop["state"] == "waiting"
    assert drop["until"] in drop["sentence"]
    assert b"<!doctype html>" in aws.get("status.html")


def test_the_ready_marker_makes_a_schedule_of_its_own(aws: Stack):
    call("ready_marker")

    [payload] = aws.schedules().values()
    assert payload["kind"] == "ready"


def test_s3_s_test_event_makes_none(aws: Stack):
    assert call("test_event") == {"batchItemFailures": []}
    assert aws.schedules() == {}


def test_a_quiet_period_of_zero_waits_for_the_marker(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QUIET_PERIOD_SECONDS", "0")

    call("object_created")

    assert aws.schedules() == {}
    drop = aws.status()["drop"]
    assert drop["state"] == "waiting"
    assert drop["sentence"].startswith("Waiting for raw/_READY")


def test_a_quiet_period_of_zero_writes_the_status_once_in_a_burst(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QUIET_PERIOD_SECONDS", "0")
    call("object_created")
    said = aws.status()

    call("object_created")
    marker.forget()
    call("object_removed")

    assert aws.status() == said


def test_a_quiet_period_of_zero_leaves_a_newer_status_alone(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QUIET_PERIOD_SECONDS", "0")
    StatusBoard(Bucket(BUCKET)).report_drop("splitting", "Copying 12 images.")

    call("object_created")

    assert aws.status()["drop"]["state"] == "splitting"


def test_a_marker_says_what_it_starts_with_a_quiet_period_of_zero(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QUIET_PERIOD_SECONDS", "0")

    call("ready_marker")

    assert "declared complete" in aws.status()["drop"]["sentence"]


def test_poison_is_reported_and_the_rest_is_done(aws: Stack):
    event = load_event("sqs/batch_with_poison")
    poison = [r["messageId"] for r in event["Records"] if not is_notification(r["body"])]

    answer = handle(event, LambdaContext())

    assert answer == {"batchItemFailures": [{"itemIdentifier": name} for name in poison]}
    assert len(poison) == 1
    assert len(aws.schedules()) == 1


def is_notification(body: str) -> bool:
    try:
        message = json.loads(body)
    except ValueError:
        return False
    return "Records" in message or message.get("Event") == "s3:TestEvent"


def test_a_schedule_that_cannot_be_made_is_tried_again(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    aws.scheduler.delete_schedule_group(Name=GROUP)
    event = load_event("sqs/object_created")
    event["Records"].append({**event["Records"][0], "messageId": "second"})
    event["Records"].append(load_event("sqs/test_event")["Records"][0])

    answer = handle(event, LambdaContext())
    assert len(answer["batchItemFailures"]) == 2

    aws.scheduler.create_schedule_group(Name=GROUP)
    assert handle(event, LambdaContext()) == {"batchItemFailures": []}
    assert len(aws.schedules()) == 1
