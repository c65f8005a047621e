"""Once a day split finds what no event told it, and otherwise changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest

from common import clock, keys
from common.s3 import Bucket
from common.settings import load
from common.splits import LaunchedRun, read_newest_split, write_launched_run
from common.status import StatusBoard
from split import daily
from split.handler import handle
from tests.support.aws import BUCKET, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)


def split(kind: str = "daily", **changes: str) -> dict[str, Any]:
    return handle(load_event(f"scheduler/{kind}") | changes, LambdaContext())


def drop(aws: Stack, prefix: str = "") -> None:
    aws.put_images({"good": 12, "oil": 10}, prefix)


def launch(dataset: str) -> None:
    """Do what launch does last."""
    newest = read_newest_split(Bucket(BUCKET))
    asked_at = newest.asked_at if newest else None
    run = LaunchedRun(run="run", dataset=dataset, asked_at=asked_at)
    write_launched_run(Bucket(BUCKET), run)
    StatusBoard(Bucket(BUCKET)).report_drop("launched", "It trains.", dataset=dataset, run="run")


def versions(aws: Stack) -> dict[str, str]:
    listed = aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    return {item["Key"]: f"{item['ETag']} {item['LastModified']}" for item in listed}


def test_an_empty_bucket_is_left_alone(aws: Stack):
    assert split()["status"] == "unchanged"
    assert aws.keys() == []
    assert aws.messages() == []


def test_a_drop_whose_events_were_all_lost_is_split(aws: Stack):
    drop(aws)

    assert split()["status"] == "ready"


def test_a_drop_that_is_trained_is_left_alone(aws: Stack):
    drop(aws)
    launch(split("window")["dataset"])
    before = versions(aws)

    assert split()["status"] == "unchanged"

    assert versions(aws) == before


def test_other_parameters_alone_start_nothing(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    drop(aws)
    launch(split("window")["dataset"])
    monkeypatch.setenv("SPLIT_SEED", "7")
    load.cache_clear()

    assert split()["status"] == "unchanged"


@pytest.mark.parametrize("change", ["added", "removed", "replaced"])
def test_a_change_whose_event_was_lost_is_split(aws: Stack, change: str):
    drop(aws)
    launch(split("window")["dataset"])
    if change == "added":
        aws.put_images({"good": 1}, "more-")
    elif change == "removed":
        aws.s3.delete_object(Bucket=BUCKET, Key="raw/good/0.png")
    else:
        aws.put("raw/good/0.png", aws.get("raw/good/0.png") + b"other")

    assert split()["status"] == "ready"


def test_a_dataset_that_launch_gave_up_is_answered_again(aws: Stack):
    drop(aws)
    dataset = split("window")["dataset"]

    answer = split()

    assert (answer["status"], answer["dataset"]) == ("ready", dataset)


def test_a_refused_drop_is_refused_once(aws: Stack):
    aws.put_images({"good": 3})
    assert split("window")["status"] == "refused"
    assert len(aws.messages()) == 1

    assert split()["status"] == "unchanged"
    assert aws.messages() == []


def test_a_marker_whose_event_was_lost_counts_as_dropped(aws: Stack):
    """So a run that failed is tried again, as its user asked."""
    drop(aws)
    launch(split("window")["dataset"])
    age_newest_split(aws)
    aws.put(keys.READY_MARKER)

    answer = split()

    assert (answer["status"], answer["trigger"]["kind"]) == ("ready", "ready")
    assert answer["asked_at"] is not None
    launch(answer["dataset"])
    assert split()["status"] == "unchanged"


def age_newest_split(aws: Stack) -> None:
    """Let the newest split have listed long enough before now."""
    newest = read_newest_split(Bucket(BUCKET))
    assert newest is not None
    earlier = newest.listed_at - 2 * daily.TOLERANCE
    aws.put(keys.NEWEST, newest.model_copy(update={"listed_at": earlier}).to_json())


def test_a_marker_that_was_answered_is_no_news(aws: Stack):
    drop(aws)
    aws.put(keys.READY_MARKER)
    launch(split("ready", triggered_at=clock.to_text(clock.now()))["dataset"])

    assert split()["status"] == "unchanged"


def test_without_a_quiet_period_only_the_marker_starts_a_split(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QUIET_PERIOD_SECONDS", "0")
    load.cache_clear()
    drop(aws)

    assert split()["status"] == "unchanged"

    aws.put(keys.READY_MARKER)
    answer = split()
    assert answer["status"] == "ready"
    # Launch gave up on it.
    assert split()["status"] == "ready"
    launch(answer["dataset"])
    drop(aws, "more-")
    assert split()["status"] == "unchanged"


def test_images_that_are_arriving_are_waited_for(aws: Stack):
    drop(aws)
    fires_at = clock.now() + timedelta(minutes=2)
    aws.add_schedule(f"split-window-{int(fires_at.timestamp())}")

    assert split(triggered_at=clock.to_text(clock.now()))["status"] == "not yet"


@pytest.mark.parametrize("kind", ["daily", "again"])
@pytest.mark.parametrize("state", ["failing", "queued"])
def test_a_drop_that_is_trained_is_not_said_to_wait_or_fail(
    aws: Stack, kind: str, state: Literal["failing", "queued"]
):
    """Launch was given up on after it had started the run: nobody else says so."""
    drop(aws)
    dataset = split("window")["dataset"]
    launch(dataset)
    board = StatusBoard(Bucket(BUCKET))
    if state == "queued":
        board.report_drop("queued", "It waits.")
    else:
        now = clock.now()
        board.report_failing("drop", "Starting", "It failed.", lambda _: True, now, {})

    assert split(kind)["status"] == "unchanged"

    assert (aws.status()["drop"]["state"], aws.status()["drop"]["run"]) == ("unchanged", "run")
