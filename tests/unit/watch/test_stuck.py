"""A drop is stuck if split or launch should have reported on it by now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common import clock
from common.status_document import StatusEntry
from watch.stuck import PATIENCE, is_stuck

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LONG_AGO = clock.to_text(NOW - PATIENCE - timedelta(minutes=1))
LATELY = clock.to_text(NOW - PATIENCE + timedelta(minutes=1))


@pytest.mark.parametrize("state", ["splitting", "ready"])
def test_work_that_goes_on_by_itself_does_so_within_an_hour(state: str):
    assert is_stuck({"state": state, "updated_at": LONG_AGO}, NOW)
    assert not is_stuck({"state": state, "updated_at": LATELY}, NOW)


def test_a_schedule_has_an_hour_from_when_it_fires():
    assert is_stuck({"state": "waiting", "updated_at": LONG_AGO, "until": LONG_AGO}, NOW)
    assert not is_stuck({"state": "waiting", "updated_at": LONG_AGO, "until": LATELY}, NOW)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"state": "waiting", "updated_at": LONG_AGO},  # for the marker
        *(
            {"state": state, "updated_at": LONG_AGO}
            for state in ("queued", "capped", "collecting", "launched", "refused", "failing")
        ),
    ],
)
def test_what_waits_for_something_else_may_wait_for_ever(entry: StatusEntry):
    assert not is_stuck(entry, NOW)
