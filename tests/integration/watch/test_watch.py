"""The watch against moto: an end that nobody handled is sent again, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from common import clock, keys
from common.lock import once
from common.s3 import Bucket
from common.status import StatusBoard
from common.status_document import RunState
from plot.job_end import read_job_end
from split.trigger import read_trigger
from tests.support.aws import BUCKET, GROUP, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event
from watch import eventbridge
from watch.handler import handle
from watch.workflow import MAXIMUM_SENDINGS

NOW = clock.now().replace(microsecond=0)
ENDED = NOW - timedelta(hours=2)
RUN = load_event("watch/job")["run"]
DATASET = RUN.split("-")[1].ljust(64, "0")


class FakeBus:
    """EventBridge's answer to each event, and what it was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.refuses = False

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.refuses:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
        self.sent += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> FakeBus:
    fake = FakeBus()
    monkeypatch.setattr(eventbridge, "events_client", lambda: fake)
    return fake


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/scheduler")
    monkeypatch.setenv("FAILURE_QUEUE_ARN", "arn:aws:sqs:us-east-1:123456789012:failures")


def set_job(monkeypatch: pytest.MonkeyPatch, status: str | None, **changes: Any) -> None:
    """Make SageMaker describe the job, None for no job."""
    uri = f"s3://{BUCKET}/{keys.records_of(DATASET)}"
    job = {
        "TrainingJobName": RUN,
        "TrainingJobStatus": status,
        "SecondaryStatus": status,
        "InputDataConfig": [
            {"ChannelName": "manifest", "DataSource": {"S3DataSource": {"S3Uri": uri}}}
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/runs/"},
        "HyperParameters": {"epochs": "2"},
        "CreationTime": ENDED - timedelta(minutes=11),
        "TrainingStartTime": ENDED - timedelta(minutes=10),
        "TrainingEndTime": ENDED,
        "LastModifiedTime": ENDED,
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge"},
    }
    description = None if status is None else {**job, **changes}
    monkeypatch.setattr("watch.workflow.sagemaker.describe", lambda _: description)


def look(kind: str = "job", **changes: Any) -> str:
    outcome: str = handle(load_event(f"watch/{kind}") | changes, LambdaContext())["outcome"]
    return outcome


def delivered(bus: FakeBus) -> dict[str, Any]:
    """Return the one event that was sent, as the rule's targets get it."""
    [entry] = bus.sent
    detail = json.loads(entry["Detail"])
    head = {"source": entry["Source"], "detail-type": entry["DetailType"], "id": "1"}
    return {**head, "time": clock.to_text(NOW), "detail": detail}


def training(run: str = RUN, as_of: datetime = ENDED - timedelta(minutes=10)) -> None:
    board = StatusBoard(Bucket(BUCKET))
    board.report_run("training", "It trains.", as_of=as_of, run=run)


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_an_end_that_nobody_handled_is_sent_to_plot_and_split(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus, status: str
):
    set_job(monkeypatch, status, FailureReason="why")
    training()

    assert look() == "sent"

    event = delivered(bus)
    end = read_job_end(event)
    assert (end.run, end.status, end.dataset) == (RUN, status, DATASET)
    assert (end.stopped_at, end.seconds, end.failure_reason) == (ENDED, 600, "why")
    assert end.correlation_id == load_event("watch/job")["correlation_id"]
    assert not end.draw_again
    assert event["detail"]["OutputDataConfig"]["S3OutputPath"] == f"s3://{BUCKET}/runs/"
    assert read_trigger(event).kind == "job ended"


def test_what_was_sent_may_get_lost_too_so_it_is_sent_again(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, "Completed")
    training()

    look()
    for _ in range(MAXIMUM_SENDINGS):
        for name, event in aws.schedules().items():
            aws.scheduler.delete_schedule(GroupName=GROUP, Name=name)
            assert 3590 < int(name.rpartition("-")[2]) - clock.now().timestamp() <= 3600
            assert look(**event) == "sent"

    assert len(bus.sent) == MAXIMUM_SENDINGS
    assert aws.schedules() == {}


def test_an_end_that_could_not_be_sent_is_looked_at_again(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, "Completed")
    bus.refuses = True

    with pytest.raises(eventbridge.NotSentError):
        look()

    assert len(aws.schedules()) == 1


def test_until_plot_reports_it_the_status_says_that_the_report_is_missing(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, "Completed")
    training()

    look()

    run = aws.status()["run"]
    assert run["state"] == "failing"
    assert f"`droptrain plots {RUN}`" in run["sentence"]
    StatusBoard(Bucket(BUCKET)).report_run("done", "It is done.", as_of=ENDED, run=RUN)
    assert aws.status()["run"]["state"] == "done"


def test_news_of_a_later_run_stay(aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus):
    set_job(monkeypatch, "Completed")
    training("another", as_of=ENDED + timedelta(minutes=1))

    assert look() == "sent"

    assert aws.status()["run"]["run"] == "another"


@pytest.mark.parametrize("state", ["done", "failing"])
def test_news_of_the_runs_end_stay(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus, state: RunState
):
    set_job(monkeypatch, "Completed")
    StatusBoard(Bucket(BUCKET)).report_run(state, "By plot.", as_of=ENDED, run=RUN)

    assert look() == "sent"

    assert aws.status()["run"]["sentence"] == "By plot."


def test_an_end_that_was_handled_is_left_alone(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, "Completed")
    report(aws)

    assert look() == "reported"
    assert bus.sent == []


def report(aws: Stack) -> None:
    """Do what plot does last."""
    aws.put(keys.run_metrics(RUN), b"{}")
    once(Bucket(BUCKET), keys.notification_lock("notified", RUN), 30, lambda: None)


@pytest.mark.parametrize("missing", ["record", "notification"])
def test_an_end_that_was_half_handled_is_sent_again(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus, missing: str
):
    set_job(monkeypatch, "Completed")
    report(aws)
    lock = keys.notification_lock("notified", RUN)
    key = keys.run_metrics(RUN) if missing == "record" else lock
    aws.s3.delete_object(Bucket=BUCKET, Key=key)

    assert look() == "sent"


def test_a_person_may_have_a_handled_run_drawn_again(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, "Completed")
    report(aws)

    assert look(draw_again=True, correlation_id="") == "sent"

    end = read_job_end(delivered(bus))
    assert end.draw_again
    assert end.correlation_id == RUN
    assert aws.keys(keys.STATUS_JSON) == []


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_job_that_still_runs_is_looked_at_again(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus, status: str
):
    set_job(monkeypatch, status)

    assert look() == "running"

    [(name, event)] = aws.schedules().items()
    assert event == load_event("watch/job")
    assert 3590 < int(name.rpartition("-")[2]) - clock.now().timestamp() <= 3600
    assert bus.sent == []


def test_a_job_that_was_never_started_is_nobodys_concern(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, None)

    assert look() == "no job"
    assert (bus.sent, aws.schedules()) == ([], {})


def test_a_job_without_a_machine_ended_when_it_last_changed(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    set_job(monkeypatch, "Failed")
    description = {"TrainingJobName": RUN, "TrainingJobStatus": "Failed", "LastModifiedTime": ENDED}
    monkeypatch.setattr("watch.workflow.sagemaker.describe", lambda _: description)

    look()

    end = read_job_end(delivered(bus))
    assert (end.ended_at, end.seconds, end.dataset) == (ENDED, None, RUN.split("-")[1])


def test_a_refused_event_is_tried_again(aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus):
    set_job(monkeypatch, "Completed")
    bus.refuses = True

    with pytest.raises(eventbridge.NotSentError, match="Throttling"):
        look()


@pytest.mark.parametrize("state", ["training", "failing"])
def test_once_a_day_the_job_of_a_run_without_an_end_is_looked_at(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus, state: RunState
):
    set_job(monkeypatch, "Completed")
    StatusBoard(Bucket(BUCKET)).report_run(state, "No end.", as_of=ENDED, run=RUN)

    assert look("daily") == "job sent"
    assert read_job_end(delivered(bus)).run == RUN
    assert len(aws.schedules()) == 1  # what was sent now may get lost as well


def test_once_a_day_a_drop_that_nothing_came_of_is_called_failing(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, bus: FakeBus
):
    then = NOW - timedelta(hours=5)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: then)
        StatusBoard(Bucket(BUCKET)).report_drop("ready", "60 images.", dataset=DATASET)

    assert look("daily") == "drop stuck"

    drop = aws.status()["drop"]
    assert (drop["state"], drop["dataset"]) == ("failing", DATASET)
    assert keys.READY_MARKER in drop["sentence"]
    StatusBoard(Bucket(BUCKET)).report_drop("launched", "It trains.", as_of=then, dataset=DATASET)
    assert aws.status()["drop"]["state"] == "launched"


def test_once_a_day_the_page_of_the_status_is_written_again(aws: Stack, bus: FakeBus):
    StatusBoard(Bucket(BUCKET)).report_drop("queued", "It waits.", dataset=DATASET)
    aws.put(keys.STATUS_HTML, b"of a function that died before it wrote the page")

    assert look("daily") == "nothing"
    assert b"It waits." in aws.get(keys.STATUS_HTML)


def test_before_the_first_drop_there_is_nothing_to_find(aws: Stack, bus: FakeBus):
    assert look("daily") == "nothing"
