"""Reading the events that start the split."""

from __future__ import annotations

import pytest

from common.documents import ScheduleEvent
from split.trigger import read_trigger
from tests.support.events import event_names, load_event


@pytest.mark.parametrize("name", event_names("scheduler"))
def test_a_schedule_that_fired(name: str):
    trigger = read_trigger(load_event(name))

    assert isinstance(trigger, ScheduleEvent)
    assert trigger.model_dump(mode="json") == load_event(name)
    assert (trigger.asked_at is None) == (trigger.kind != "ready")


@pytest.mark.parametrize("name", event_names("sagemaker"))
def test_an_ended_job(name: str):
    assert read_trigger(load_event(name)).kind == "job ended"


@pytest.mark.parametrize(
    "event", [{}, {"source": "aws.s3"}, {"source": "droptrain.schedule", "kind": "other"}]
)
def test_anything_else_is_refused(event: dict[str, str]):
    with pytest.raises(ValueError, match="ScheduleEvent"):
        read_trigger(event)
