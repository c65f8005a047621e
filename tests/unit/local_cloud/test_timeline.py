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
    return FunctionStarted(f"droptrain-{name}Function-X", "1", "async", at=at(seconds))


def ended(name: str, seconds: float) -> FunctionEnded:
    function = f"droptrain-{name}Function-X"
    return FunctionEnded(
        function, "1", "async", at(seconds - 0.1), "ok", "", {}, None, at=at(seconds)
    )


def job(status: str, seconds: float) -> JobChanged:
    return JobChanged("run", status, status, "", at=at(seconds))


EVENTS: list[CloudEvent] = [
    started("Intake", -3),  # of an earlier upload
    started("Intake", 0.5),
    ended("Intake", 0.75),
    ScheduleFired("split-ready-1", "split", at=at(2)),
    ended("Split", 6),
    ended("Launch", 7),
    job("InProgress", 7.1),
    job("Completed", 107),
    ended("Split", 108),  # asked whether there is more
    ended("Launch", 108.5),
    ended("Plot", 110),
]


def test_the_steps_follow_each_other_without_gaps():
    assert timeline(EVENTS, READY).steps == {
        "notification": 0.5,
        "intake and schedule": 1.5,
        "split": 4,
        "launch": 1,
        "training job": 100,
        "plot": 3,
    }


def test_the_chain_is_everything_but_the_training_job():
    whole = timeline(EVENTS, READY)

    assert whole.seconds == 110
    assert whole.chain_seconds == 10


def test_the_order_of_the_events_does_not_matter():
    assert timeline(EVENTS[::-1], READY) == timeline(EVENTS, READY)


def test_what_did_not_happen_is_left_out():
    refused = [event for event in EVENTS if event.at <= at(6)]

    assert list(timeline(refused, READY).steps) == [
        "notification",
        "intake and schedule",
        "split",
    ]
    assert timeline([], READY).seconds == 0
