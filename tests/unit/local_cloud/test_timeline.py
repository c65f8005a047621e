"""Where the time of a run went."""

from __future__ import annotations

import datetime as dt

from local_cloud.cloud.event_log import (
    CloudEvent,
    FunctionEnded,
    FunctionStarted,
    JobChanged,
    ScheduleFired,
)
from local_cloud.run.timeline import timeline

READY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def at(seconds: float) -> dt.datetime:
    return READY + dt.timedelta(seconds=seconds)


def started(name: str, seconds: float) -> FunctionStarted:
    return FunctionStarted(f"droptrain-{name}Function-X", "1", "async", at(seconds))


def ended(name: str, seconds: float) -> FunctionEnded:
    function = f"droptrain-{name}Function-X"
    return FunctionEnded(function, "1", "async", at(seconds - 0.1), "ok", "", {}, None, at(seconds))


def job(status: str, seconds: float) -> JobChanged:
    return JobChanged("run", status, status, "", at(seconds))


RECORDS: list[CloudEvent] = [
    started("Intake", -3),  # of an earlier upload
    started("Intake", 0.5),
    ended("Intake", 0.75),
    ScheduleFired("split-ready-1", "split", at(2)),
    ended("Split", 6),
    ended("Launch", 7),
    job("InProgress", 7.1),
    job("Completed", 107),
    ended("Split", 108),  # asked whether there is more
    ended("Launch", 108.5),
    ended("Plot", 110),
]


def test_the_steps_follow_each_other_without_gaps():
    steps = {step.name: step.seconds for step in timeline(RECORDS, READY).steps}

    assert steps == {
        "notification": 0.5,
        "intake and schedule": 1.5,
        "split": 4,
        "launch": 1,
        "training job": 100,
        "plot": 3,
    }


def test_the_chain_is_everything_but_the_training_job():
    found = timeline(RECORDS, READY)

    assert found.seconds == 110
    assert found.chain_seconds == 10


def test_the_order_of_the_records_does_not_matter():
    assert timeline(RECORDS[::-1], READY) == timeline(RECORDS, READY)


def test_what_did_not_happen_is_left_out():
    refused = [record for record in RECORDS if record.at <= at(6)]

    assert [step.name for step in timeline(refused, READY).steps] == [
        "notification",
        "intake and schedule",
        "split",
    ]
    assert timeline([], READY).seconds == 0
