"""Why the split was started."""

from __future__ import annotations

import pytest

from split.trigger import read_trigger
from tests.support.events import event_names, load_event


def test_a_window_knows_its_end():
    event = load_event("scheduler/window")

    trigger = read_trigger(event)

    assert trigger.kind == "window"
    assert trigger.window is not None
    assert event["window"].endswith(str(int(trigger.window.timestamp())))
    assert trigger.to_json()["triggered_at"] == event["triggered_at"]


def test_the_ready_marker_has_no_window():
    trigger = read_trigger(load_event("scheduler/ready"))

    assert trigger.kind == "ready"
    assert trigger.window is None


@pytest.mark.parametrize("name", event_names("sagemaker"))
def test_an_ended_job(name: str):
    assert read_trigger(load_event(name)).kind == "job ended"


@pytest.mark.parametrize(
    "event", [{}, {"source": "aws.s3"}, {"source": "droptrain.schedule", "kind": "other"}]
)
def test_anything_else_is_refused(event: dict[str, str]):
    with pytest.raises(ValueError, match="not this event"):
        read_trigger(event)
