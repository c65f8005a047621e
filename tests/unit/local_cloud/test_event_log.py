"""The event log, schedules' times, parameters, and where a template names its parameters."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

import pytest

from local_cloud.cloud.event_log import CloudEvent, EventLog, JobLine
from local_cloud.cloud.moto_patches.sam_transform import to_cloudformation
from local_cloud.cloud.moto_patches.stacks import substituted
from local_cloud.cloud.schedules import due, with_attributes
from tests.support.waiting import HANG_SECONDS


def test_followers_hear_each_record_once_and_in_order() -> None:
    events, heard = EventLog(), list[CloudEvent]()
    events.add(JobLine("run", "before"))
    stop = events.subscribe(heard.append)
    events.add(JobLine("run", "one"))
    events.add(JobLine("run", "two"))
    stop()
    events.add(JobLine("run", "after"))
    assert [event.line for event in heard if isinstance(event, JobLine)] == ["one", "two"]
    assert len(events.all()) == 4


def test_waiting_sees_the_past_and_the_future() -> None:
    events = EventLog()
    events.add(JobLine("run", "past"))

    def line(text: str) -> Any:
        return lambda event: event.line == text

    deadline = time.monotonic() + HANG_SECONDS
    assert events.wait_for(line("past"), deadline) == events.all()[0]
    timer = threading.Timer(0.05, lambda: events.add(JobLine("run", "future")))
    timer.start()
    assert events.wait_for(line("future"), deadline) == events.all()[1]
    with pytest.raises(TimeoutError, match="2 events"):
        events.wait_for(line("never"), time.monotonic() + 0.05)
    timer.join()


def test_a_one_time_expression_is_due_in_its_own_zone() -> None:
    assert due("at(2026-01-02T03:04:05)") == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    berlin = due("at(2026-07-02T03:04:05)", "Europe/Berlin")
    assert berlin == dt.datetime(2026, 7, 2, 1, 4, 5, tzinfo=dt.UTC)
    after = dt.datetime(2026, 1, 2, 3, 30, tzinfo=dt.UTC)
    assert due("cron(30 3 * * ? *)", after=after) == after + dt.timedelta(days=1)
    assert due("cron(31 3 * * ? *)", after=after) == after + dt.timedelta(minutes=1)
    with pytest.raises(NotImplementedError, match="rate"):
        due("rate(5 minutes)")


def test_scheduler_tells_an_invocation_its_time():
    text = with_attributes(
        '["<aws.scheduler.scheduled-time>", "<aws.scheduler.schedule-arn>"]',
        "arn:x",
        dt.datetime(2026, 1, 2, 3, 30, tzinfo=dt.UTC),
    )

    assert text == '["2026-01-02T03:30:00Z", "arn:x"]'


def test_parameters_are_found_in_substitutions() -> None:
    node = {"a": [{"Fn::Sub": "x-${One}-${!No}-${Two.Arn}"}, {"Fn::Sub": ["${Three}", {}]}]}
    assert substituted(node) == ["One", "Two", "Three"]


def test_a_template_without_transform_is_left_alone() -> None:
    body = '{"Resources": {}}'
    assert to_cloudformation(body) is body


def test_a_follower_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    events, heard = EventLog(), list[CloudEvent]()

    def fail(_event: CloudEvent) -> None:
        raise ValueError("display broke")

    events.subscribe(fail)
    events.subscribe(heard.append)
    events.add(JobLine("run", "one"))
    assert len(heard) == 1
    assert "display broke" in caplog.text
    events.mute()
    events.add(JobLine("run", "two"))
    assert len(heard) == len(events.all()) == 1
