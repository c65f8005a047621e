"""Intake against moto: schedules made once, failures reported one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.exceptions import ClientError, EndpointConnectionError

from common import clock
from common import scheduler as common_scheduler
from common.s3 import Bucket
from common.status import StatusBoard
from common.wording import moment
from intake import reporting, scheduler
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
    scheduler.seen.clear()

    assert call("object_created") == {"batchItemFailures": []}
    assert aws.schedules() == before


def test_the_status_says_when_the_split_starts(aws: Stack):
    call("object_created")

    drop = aws.status()["drop"]
    assert drop["state"] == "waiting"
    assert moment(clock.from_text(drop["until"])) in drop["sentence"]
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
    before = aws.status()

    call("object_created")
    reporting.read_at.clear()
    call("object_removed")

    assert aws.status() == before


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


def test_a_poison_message_is_reported_and_the_others_are_processed(aws: Stack):
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


def test_a_schedule_is_requested_again_if_scheduler_was_unreachable(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    """By the same warm process, which must not take the schedule for made."""
    event = load_event("sqs/object_created")
    event["Records"].append(load_event("sqs/test_event")["Records"][0])

    def refuse(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://scheduler")

    with monkeypatch.context() as patch:
        patch.setattr(common_scheduler.scheduler_client(), "create_schedule", refuse)
        assert len(handle(event, LambdaContext())["batchItemFailures"]) == 1

    assert handle(event, LambdaContext()) == {"batchItemFailures": []}
    assert len(aws.schedules()) == 1


class StrictScheduler:
    """Scheduler as strict as users report it: a time that has passed is turned down.

    Making the client takes its time, as on a cold start, and so does the first request.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, first_request_seconds: float) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, 0, 900_000, tzinfo=UTC)
        self.expressions: list[str] = []
        self._request_seconds = [first_request_seconds]
        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(common_scheduler, "scheduler_client", self._made)

    def _made(self) -> StrictScheduler:
        self.now += timedelta(seconds=3)
        return self

    def create_schedule(self, **request: Any) -> None:
        if self._request_seconds:
            self.now += timedelta(seconds=self._request_seconds.pop())
        moment = datetime.fromisoformat(request["ScheduleExpression"][3:-1]).replace(tzinfo=UTC)
        if moment <= self.now:
            error = {"Error": {"Code": "ValidationException", "Message": "in the past"}}
            raise ClientError(error, "CreateSchedule")
        self.expressions.append(request["ScheduleExpression"])


@pytest.mark.parametrize("first_request_seconds", [0.1, 8])
def test_the_marker_s_schedule_lies_in_the_future_when_scheduler_reads_it(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, first_request_seconds: float
):
    strict = StrictScheduler(monkeypatch, first_request_seconds=first_request_seconds)

    assert call("ready_marker") == {"batchItemFailures": []}

    assert len(strict.expressions) == 1
    assert aws.status()["drop"]["until"][:-1] == strict.expressions[0][3:-1]


def test_a_message_whose_schedule_is_always_refused_goes_back_to_the_queue(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    StrictScheduler(monkeypatch, first_request_seconds=0.1)
    monkeypatch.setattr(common_scheduler, "ROOM", timedelta(seconds=-10))
    monkeypatch.setattr(common_scheduler, "MORE_ROOM", timedelta(seconds=-10))

    with pytest.raises(BatchProcessingError):
        call("ready_marker")
