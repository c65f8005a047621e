"""When a dataset is trained, and what is reported and done while it isn't."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest

from common import clock, keys
from common.limits import next_month
from common.s3 import Bucket
from common.schedule import AGAIN_PREFIX, window_name
from common.settings import load
from common.splits import (
    LaunchedRun,
    NewestSplit,
    read_newest_split,
    write_launched_run,
    write_newest_split,
)
from common.training_job import TrainingJob
from split import readiness
from split.handler import handle
from split.images import RawObject
from split.s3 import copying, listing
from tests.support.aws import BUCKET, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings

NOW = clock.now().replace(microsecond=0)
ANSWER_BYTES = 1000

Jobs = Callable[..., None]


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Make SageMaker list jobs that started so many hours ago; `running` is about the first."""

    def set_jobs(*hours: float, running: bool = False) -> None:
        recent = [
            TrainingJob(
                f"job-{number}",
                "InProgress" if running and number == 0 else "Completed",
                NOW - timedelta(hours=age),
            )
            for number, age in enumerate(hours)
        ]
        monkeypatch.setattr(readiness.sagemaker, "recent_jobs", lambda _: recent)

    return set_jobs


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys of the copies that are made from now on."""
    copies: list[str] = []
    copy_all = copying.copy_all

    def counted(bucket: str, pairs: list[tuple[str, str]], *rest: Any) -> Any:
        copies.extend(key for _, key in pairs)
        return copy_all(bucket, pairs, *rest)

    monkeypatch.setattr(copying, "copy_all", counted)
    return copies


def split(kind: str = "window", **changes: str) -> dict[str, Any]:
    event = "sagemaker/job_completed" if kind == "job ended" else f"scheduler/{kind}"
    return handle(load_event(event) | changes, LambdaContext())


def drop(aws: Stack) -> None:
    aws.put_images({"good": 12, "oil": 10})


def rows_of(aws: Stack, dataset: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in aws.get(keys.manifest(dataset)).splitlines()]


def test_a_schedule_whose_time_has_come_is_not_waited_for(aws: Stack):
    """Scheduler lists it for a while after it has fired, and nothing would ask again."""
    drop(aws)
    aws.add_schedule(window_name(int(NOW.timestamp()) - 5))

    assert split("job ended", time=clock.to_text(NOW - timedelta(seconds=30)))["status"] == "ready"


def test_behind_a_running_job_nothing_is_copied_and_nobody_is_notified(
    aws: Stack, jobs: Jobs, copied: list[str]
):
    drop(aws)
    jobs(1, running=True)

    answer = split()

    assert answer["status"] == "queued"
    assert "job-0" in aws.status()["drop"]["sentence"]
    assert copied == aws.messages() == []
    assert aws.schedules() == {}

    jobs(1)
    assert split("job ended")["status"] == "ready"
    assert len(copied) == 22


def test_a_marker_that_waits_behind_a_job_is_served_when_the_job_ends(aws: Stack, jobs: Jobs):
    """Also of a dataset that was trained before."""
    drop(aws)
    dataset = split()["dataset"]
    write_launched_run(Bucket(BUCKET), LaunchedRun(run="job-0", dataset=dataset))
    jobs(1, running=True)
    marker = split("ready")
    assert marker["status"] == "queued"

    jobs(1)
    answer = split("job ended")

    assert answer["status"] == "ready"
    assert answer["asked_at"] == marker["trigger"]["triggered_at"]
    served = LaunchedRun(run="job-1", dataset=dataset, asked_at=clock.from_text(answer["asked_at"]))
    write_launched_run(Bucket(BUCKET), served)
    assert split("job ended")["status"] == "unchanged"


def test_the_daily_limit_is_notified_once_and_ends_by_itself(
    aws: Stack, jobs: Jobs, copied: list[str]
):
    drop(aws)
    jobs(1, 2, 3, 20)

    answers = [split()["status"], split()["status"], split("job ended")["status"]]

    assert answers == ["capped"] * 3
    assert copied == []
    [message] = aws.messages()
    assert "limit of 4 training runs" in message["Message"]
    fires_at = NOW - timedelta(hours=20) + timedelta(hours=24, seconds=1)
    [(name, payload)] = aws.schedules().items()
    assert name == f"{AGAIN_PREFIX}{int(fires_at.timestamp())}"

    jobs(1, 2, 3)
    assert handle(payload, LambdaContext())["status"] == "ready"
    assert len(copied) == 22


def test_the_month_s_hours_are_notified_once_and_come_back_with_the_next_month(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, copied: list[str]
):
    drop(aws)
    used = timedelta(hours=99)
    monkeypatch.setattr(readiness.sagemaker, "used_in_month", lambda *_: used)

    answers = [split()["status"], split("ready")["status"]]

    assert answers == ["capped"] * 2
    assert copied == []
    [message] = aws.messages()
    assert "99 h 0 min of 100 hours" in message["Message"]
    begins = next_month(clock.now())
    assert aws.status()["drop"]["not_before"] == clock.to_text(begins)
    [(name, payload)] = aws.schedules().items()
    assert name == f"{AGAIN_PREFIX}{int(begins.timestamp()) + 1}"

    used = timedelta()
    assert handle(payload, LambdaContext())["status"] == "ready"
    assert len(copied) == 22


def test_limits_that_never_allow_a_job_schedule_nothing(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MAXIMUM_TRAINING_HOURS_PER_MONTH", "1")
    drop(aws)

    assert split()["status"] == "capped"

    assert aws.schedules() == {}
    [message] = aws.messages()
    assert aws.status()["drop"]["sentence"] in message["Message"]


def test_a_marker_that_met_the_limit_is_served_when_it_ends(aws: Stack, jobs: Jobs):
    drop(aws)
    dataset = split()["dataset"]
    write_launched_run(Bucket(BUCKET), LaunchedRun(run="job-0", dataset=dataset))
    jobs(1, 2, 3, 20)
    assert split("ready")["status"] == "capped"
    [payload] = aws.schedules().values()

    jobs(1, 2, 3)

    assert handle(payload, LambdaContext())["status"] == "ready"


@pytest.mark.parametrize("sizes", [{"good": 12, "oil": 10}, {"good": 12}])
def test_a_split_that_another_has_overtaken_decides_nothing(
    aws: Stack, copied: list[str], sizes: dict[str, int]
):
    """Another split listed raw/ later and was quicker."""
    aws.put_images(sizes)
    decision = NewestSplit(dataset="f" * 64, listed_at=clock.now() + timedelta(minutes=1))
    write_newest_split(Bucket(BUCKET), decision)

    assert split()["status"] in ("outdated", "refused")  # either way nothing is launched

    assert read_newest_split(Bucket(BUCKET)) == decision
    assert copied == aws.messages() == aws.keys("status") == []


def test_a_relabelled_image_is_another_copy_and_no_later_list_has_the_old_one(
    aws: Stack, copied: list[str]
):
    drop(aws)
    before = {row["key"]: row for row in rows_of(aws, split()["dataset"])}
    moved = before["raw/good/3.png"]
    aws.put("raw/oil/3 moved.png", aws.get(moved["key"]))
    aws.s3.delete_object(Bucket=BUCKET, Key=moved["key"])
    copied.clear()

    after = {row["key"]: row for row in rows_of(aws, split()["dataset"])}

    again = after["raw/oil/3 moved.png"]
    assert copied == [again["copy"]]
    assert again["copy"].startswith(f"datasets/{moved['side']}/oil/")
    assert moved["copy"] not in {row["copy"] for row in after.values()}
    assert moved["copy"] in aws.keys("datasets/")  # until it expires


@pytest.mark.parametrize(("days", "again"), [(44, 0), (46, 22)])
def test_copies_are_made_again_before_they_expire(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, copied: list[str], days: int, again: int
):
    """S3 deletes them after 90 days; those of which more than half are over are made again."""
    drop(aws)
    split()
    copied.clear()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=days))

    assert split()["status"] == "ready"

    assert len(copied) == again


def listed(classes: int, images: int) -> list[RawObject]:
    """Make a listing of classes with the longest names, none of which needs to be read."""
    return [
        RawObject(key, 50_000, md5(key.encode(), usedforsecurity=False).hexdigest())
        for class_number in range(classes)
        for number in range(images)
        for key in [f"raw/{class_number:0250}/{number}.jpg"]
    ]


@pytest.mark.parametrize(("classes", "images"), [(2000, 12), (1000, 3)])
def test_a_refusal_with_very_many_classes_stays_short(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, classes: int, images: int
):
    drop = listed(classes, images)
    monkeypatch.setattr(listing, "list_objects", lambda _, prefix: drop if prefix == "raw/" else [])

    answer = split()

    assert answer["status"] == "refused"
    assert len(json.dumps(answer)) < ANSWER_BYTES
    [message] = aws.messages()
    assert len(message["Message"]) < 10_000
    assert len(aws.get(keys.STATUS_JSON)) < 100_000


def test_the_answer_does_not_grow_with_the_classes(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, jobs: Jobs
):
    """Lambda limits the size of an answer."""
    drop = listed(1000, 3)
    monkeypatch.setattr(listing, "list_objects", lambda _, prefix: drop if prefix == "raw/" else [])
    monkeypatch.setenv("MINIMUM_IMAGES_PER_CLASS", "2")
    load.cache_clear()
    jobs(1, running=True)

    answer = split()

    assert (answer["status"], answer["train_images"]) == ("queued", 2000)
    assert len(json.dumps(answer)) < ANSWER_BYTES
