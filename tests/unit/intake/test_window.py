"""The schedules that a batch of changes calls for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from common.changes import Change
from common.schedule import window_fires_at
from intake.window import plan

NOW = datetime(2026, 11, 22, 12, 1, 10, tzinfo=UTC)
QUIET = 120


def upload(at: datetime = NOW) -> Change:
    return Change("raw/oil/1.jpg", created=True, at=at)


def marker(at: datetime = NOW) -> Change:
    return Change("raw/_READY", created=True, at=at)


def test_a_change_asks_for_one_schedule_a_quiet_period_after_its_window():
    [planned] = plan([upload()], NOW, QUIET)

    assert planned.event.kind == "window"
    assert planned.fires_at == datetime(2026, 11, 22, 12, 4, tzinfo=UTC)
    assert window_fires_at(planned.event.window) == planned.fires_at


def test_many_changes_ask_for_one_schedule_triggered_by_the_oldest():
    oldest = NOW - timedelta(seconds=30)

    [planned] = plan([upload(), upload(oldest), upload()], NOW, QUIET)

    assert (planned.event.triggered_at, planned.changed_at) == (oldest, NOW)


def test_a_change_in_the_same_window_asks_for_the_same_schedule():
    later = NOW + timedelta(seconds=49)

    assert (
        plan([upload()], NOW, QUIET)[0].event.window
        == plan([upload()], later, QUIET)[0].event.window
    )


def test_a_change_in_the_next_window_asks_for_another():
    later = NOW + timedelta(seconds=50)

    assert (
        plan([upload()], NOW, QUIET)[0].event.window
        != plan([upload()], later, QUIET)[0].event.window
    )


@given(st.integers(1, 86_400), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))
def test_a_drop_is_quiet_for_the_whole_period_when_its_schedule_fires(quiet: int, naive: datetime):
    now = naive.replace(tzinfo=UTC)

    [planned] = plan([upload(now)], now, quiet)

    assert timedelta(seconds=quiet) < planned.fires_at - now <= timedelta(seconds=2 * quiet)


def test_a_delayed_event_still_finds_a_window_in_the_future():
    [planned] = plan([upload(NOW - timedelta(hours=5))], NOW, QUIET)

    assert planned.fires_at > NOW
    assert planned.event.triggered_at == NOW - timedelta(hours=5)


def test_a_quiet_period_of_zero_leaves_it_to_the_marker():
    assert plan([upload()], NOW, 0) == []
    assert [planned.event.kind for planned in plan([upload(), marker()], NOW, 0)] == ["ready"]


def test_the_marker_starts_at_once_and_asks_for_no_window():
    [planned] = plan([marker()], NOW, QUIET)

    assert planned.event.kind == "ready"
    assert planned.fires_at == NOW


def test_the_marker_twice_is_one_schedule_and_a_later_marker_another():
    first, again = plan([marker(), marker()], NOW, QUIET)
    [later] = plan([marker(NOW + timedelta(milliseconds=1))], NOW, QUIET)

    assert first.event.window == again.event.window
    assert first.event.window != later.event.window


def test_removing_the_marker_changes_nothing():
    assert plan([Change("raw/_READY", created=False, at=NOW)], NOW, QUIET) == []


def test_schedule_names_are_what_scheduler_accepts():
    names = [planned.event.window for planned in plan([upload(), marker()], NOW, QUIET)]

    assert all(len(name) <= 64 and name.replace("-", "").isalnum() for name in names)


def test_the_payload_carries_trigger_and_correlation():
    [planned] = plan([upload()], NOW, QUIET)

    assert planned.event.model_dump(mode="json") == {
        "source": "droptrain.schedule",
        "kind": "window",
        "window": planned.event.window,
        "triggered_at": "2026-11-22T12:01:10Z",
        "correlation_id": planned.event.window,
    }
