"""A camera that drops an image every five minutes is copied once and trained as often as agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common import keys
from common.s3 import Bucket
from common.settings import load
from common.splits import read_newest_split
from tests.support.aws import BUCKET, Stack
from tests.support.launch_settings import set_launch_settings
from tests.support.split_settings import set_split_settings
from tests.support.trickle import trickle

IMAGES, FURTHER = 24, 28


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)
    set_launch_settings(monkeypatch)


def test_each_image_is_copied_once_and_what_waits_is_trained_by_itself(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    made = trickle(aws, monkeypatch, IMAGES, FURTHER)

    assert made.splits > FURTHER
    assert len(made.jobs) == 4  # MaximumRunsPerDay
    assert made.copies == len(aws.keys(keys.DATASETS)) < IMAGES + FURTHER
    assert made.messages == ["droptrain: daily limit of runs reached"]
    assert aws.status()["drop"]["state"] == "capped"

    # A day after the first run the limit has passed. Nobody drops anything.
    made.run_until(made.jobs[0].created_at + timedelta(hours=24, minutes=1))

    assert len(made.jobs) == 5
    assert made.copies == len(aws.keys(keys.DATASETS)) == IMAGES + FURTHER
    newest = read_newest_split(Bucket(BUCKET))
    assert newest is not None
    assert aws.get_json(keys.NEWEST_LAUNCHED)["dataset"] == newest.dataset


def test_a_growing_drop_is_trained_again_once_enough_has_changed(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MINIMUM_CHANGED_IMAGES", "5")
    load.cache_clear()

    made = trickle(aws, monkeypatch, IMAGES, 8)

    assert len(made.jobs) == 2
    assert made.copies == IMAGES + 5
    assert aws.status()["drop"]["state"] == "collecting"
    assert "3 of the 5 changed images" in aws.status()["drop"]["sentence"]
