"""The example events are AWS's shapes, are documented, and agree with the code that sends them."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import md5

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    EventBridgeEvent,
    S3Event,
    SQSEvent,
)

from common import clock
from common.changes import read_changes
from common.documents import SplitAnswer, WatchEvent
from intake import window
from launch.run_name import RunName
from plot.job_end import read_job_end
from plot.promotion import SOURCE, ModelRequest
from predict import window as pages_window
from predict.inbox import read_batch
from predict.window import PagesEvent
from split.scheduler import again_event
from split.trigger import read_trigger
from tests.support.events import EVENTS, event_names, load_event

BUCKET = "droptrain-bucket-1a2b3c4d5e6f"
TEST_EVENT = "s3/test_event"
ENVELOPE = {
    "version",
    "timestamp",
    "requestContext",
    "requestPayload",
    "responseContext",
    "responsePayload",
}
# Each source has its tests below; a new folder without any fails here.
TESTED_SOURCES = {
    "s3",
    "sqs",
    "scheduler",
    "destination",
    "sagemaker",
    "watch",
    "predictions",
    "model",
}


def test_every_source_has_tests() -> None:
    assert {name.split("/")[0] for name in event_names()} == TESTED_SOURCES


def test_the_readme_lists_every_event_and_no_other() -> None:
    readme = (EVENTS / "README.md").read_text(encoding="utf-8")
    listed = {
        line.split("`")[1].removesuffix(".json")
        for line in readme.splitlines()
        if line.startswith("| `") and line.split("`")[1].endswith(".json")
    }
    assert listed == set(event_names())


@pytest.mark.parametrize("name", [name for name in event_names("s3") if name != TEST_EVENT])
def test_s3_notification(name: str) -> None:
    event = load_event(name)
    raw = event["Records"][0]

    parsed = S3Event(event)
    [record] = parsed.records

    assert record.event_name == raw["eventName"]
    assert not record.event_name.startswith("s3:"), "S3 leaves the prefix out of notifications"
    assert record.s3.bucket.name == BUCKET
    assert parsed.object_key.startswith(("raw/", "inbox/"))
    [change] = read_changes(json.dumps(event))
    assert change.key == parsed.object_key
    assert change.created == raw["eventName"].startswith("ObjectCreated:")


def test_the_encoded_key_is_hard() -> None:
    event = load_event("s3/object_created_encoded_key")
    assert event["Records"][0]["s3"]["object"]["key"].isascii()
    [change] = read_changes(json.dumps(event))
    assert change.key == "raw/öl fleck/100% matt + glänzend/phone 01+02.jpg"


def test_removed_objects_have_no_size() -> None:
    for name in ("s3/object_removed", "s3/object_removed_delete_marker"):
        assert "size" not in load_event(name)["Records"][0]["s3"]["object"]


def test_the_test_event_changes_nothing() -> None:
    event = load_event(TEST_EVENT)
    assert set(event) == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert list(read_changes(json.dumps(event))) == []


@pytest.mark.parametrize("name", event_names("sqs"))
def test_sqs_envelope(name: str) -> None:
    for record in SQSEvent(load_event(name)).records:
        # https://www.rfc-editor.org/rfc/rfc1321: SQS tells the MD5 of the body's UTF-8.
        assert record.md5_of_body == md5(record.body.encode()).hexdigest()
        assert record.event_source == "aws:sqs"
        assert set(record["attributes"]) == {
            "ApproximateReceiveCount",
            "SentTimestamp",
            "SenderId",
            "ApproximateFirstReceiveTimestamp",
        }


@pytest.mark.parametrize("name", event_names("s3"))
def test_each_s3_event_has_its_sqs_envelope(name: str) -> None:
    [record] = load_event(name.replace("s3/", "sqs/"))["Records"]
    assert json.loads(record["body"]) == load_event(name)


def test_the_batch_holds_a_good_a_test_and_a_poison_message() -> None:
    good, test, poison = load_event("sqs/batch_with_poison")["Records"]
    assert json.loads(good["body"]) == load_event("s3/object_created")
    assert json.loads(test["body"]) == load_event(TEST_EVENT)
    with pytest.raises(ValueError, match="Unterminated string"):
        list(read_changes(poison["body"]))


@pytest.mark.parametrize(
    ("scheduled", "cause"),
    [("scheduler/window", "s3/object_created"), ("scheduler/ready", "s3/ready_marker")],
)
def test_schedule_is_what_intake_puts_into_it(scheduled: str, cause: str) -> None:
    [change] = read_changes(json.dumps(load_event(cause)))

    [planned] = window.plan([change], change.at + timedelta(seconds=2), quiet_period_seconds=120)

    assert planned.event.model_dump(mode="json") == load_event(scheduled)


def test_schedule_is_what_the_split_puts_into_it_when_the_daily_limit_puts_it_off() -> None:
    scheduled = load_event("scheduler/again")

    event = again_event(clock.from_text(scheduled["triggered_at"]))

    assert event.model_dump(mode="json") == scheduled


@pytest.mark.parametrize("name", event_names("watch"))
def test_the_watch_reads_what_starts_it(name: str) -> None:
    event = WatchEvent.model_validate(load_event(name))

    assert load_event(name).items() <= event.model_dump().items()
    assert bool(event.run) == (event.kind == "job")


@pytest.mark.parametrize("name", event_names("model"))
def test_plot_reads_what_a_person_requests(name: str) -> None:
    event = load_event(name)

    assert event.items() <= ModelRequest.model_validate(event).model_dump().items()
    assert event["source"] == SOURCE
    assert name == f"model/{event['kind']}"


def test_predict_reads_the_image_in_the_inbox() -> None:
    [record] = load_event("sqs/inbox_image")["Records"]

    batch = read_batch({record["messageId"]: record["body"]})

    assert batch.images == {"inbox/phone_0042.jpg": {record["messageId"]}}
    assert not batch.unreadable


def test_the_schedule_of_the_pages_is_what_predict_puts_into_it() -> None:
    answered_at = clock.from_text("2026-03-14T09:27:12Z")

    event, fires_at = pages_window.plan(answered_at.date(), answered_at)

    assert event.model_dump(mode="json") == load_event("predictions/pages")
    assert fires_at == clock.from_text("2026-03-14T09:28:00Z")


def test_predict_reads_the_daily_schedule() -> None:
    event = PagesEvent.model_validate(load_event("predictions/daily"))

    assert (event.kind, event.day) == ("daily", None)


@pytest.mark.parametrize("name", event_names("scheduler"))
def test_split_reads_the_schedule(name: str) -> None:
    event = load_event(name)
    trigger = read_trigger(event)
    assert trigger.kind == event["kind"]
    assert trigger.triggered_at == clock.from_text(event["triggered_at"])


@pytest.mark.parametrize("name", event_names("destination"))
def test_destination_envelope(name: str) -> None:
    event = load_event(name)
    answer = event["responsePayload"]

    assert set(event) == ENVELOPE
    assert event["requestContext"]["condition"] == "Success"
    assert answer["status"] == name.removeprefix("destination/split_").replace("_", " ")
    written = SplitAnswer(status=answer["status"], trigger=read_trigger(event["requestPayload"]))
    assert answer["trigger"] == written.model_dump(mode="json")["trigger"]
    assert SplitAnswer.model_validate(answer).model_dump(mode="json") == answer
    assert (answer["dataset"] is None) == (answer["status"] in ("refused", "not yet"))


@pytest.mark.parametrize("name", event_names("sagemaker"))
def test_sagemaker_event(name: str) -> None:
    event = load_event(name)
    wrapped = EventBridgeEvent(event)
    detail = wrapped.detail

    job = read_job_end(event)

    assert wrapped.source == "aws.sagemaker"
    assert wrapped.detail_type == "SageMaker Training Job State Change"
    assert wrapped.resources == [detail["TrainingJobArn"]]
    assert detail["TrainingJobArn"].endswith(f":training-job/{job.run}")
    assert detail["OutputDataConfig"]["S3OutputPath"] == f"s3://{BUCKET}/runs/"
    run = RunName.parse(job.run)
    assert run is not None
    assert run.stack == "51af3dc0"
    assert job.dataset.startswith(run.dataset)
    assert read_trigger(event).kind == "job ended"
