"""Reading S3 notifications: encoded keys, removals, the test event, invalid messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.changes import read_changes
from tests.support.events import load_event


def notification(key: str, name: str = "ObjectCreated:Put") -> str:
    record = {
        "eventName": name,
        "eventTime": "2026-11-22T12:00:00.500Z",
        "s3": {"object": {"key": key}},
    }
    return json.dumps({"Records": [record]})


def test_a_created_object():
    [change] = read_changes(json.dumps(load_event("s3/object_created")))

    assert change.created
    assert change.key.startswith("raw/")
    assert not change.is_ready_marker


def test_the_key_is_decoded():
    event = load_event("s3/object_created_encoded_key")
    [change] = read_changes(json.dumps(event))

    assert "+" in event["Records"][0]["s3"]["object"]["key"]
    assert " " in change.key
    assert "%2" not in change.key


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_key_survives_the_encoding(key: str):
    [change] = read_changes(notification(quote_plus(key)))

    assert change.key == key


@pytest.mark.parametrize("name", ["object_removed", "object_removed_delete_marker"])
def test_a_removed_object(name: str):
    [change] = read_changes(json.dumps(load_event(f"s3/{name}")))

    assert not change.created


def test_the_ready_marker():
    [change] = read_changes(json.dumps(load_event("s3/ready_marker")))

    assert change.is_ready_marker


def test_removing_the_marker_declares_nothing():
    [change] = read_changes(notification("raw/_READY", "ObjectRemoved:Delete"))

    assert not change.is_ready_marker


def test_the_time_is_that_of_the_change():
    [change] = read_changes(notification("raw/a/b.jpg"))

    assert change.at == datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)


def test_s3_s_test_event_holds_no_change():
    assert list(read_changes(json.dumps(load_event("s3/test_event")))) == []


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        "{}",
        json.dumps({"Records": [{}]}),
        json.dumps({"Records": ["text"]}),
        notification("raw/a.jpg").replace("2026-11-22T12:00:00.500Z", "yesterday"),
    ],
)
def test_anything_but_a_notification_is_refused(body: str):
    with pytest.raises(ValueError, match=r"."):
        list(read_changes(body))
