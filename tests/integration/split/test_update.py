"""An update keeps the data of the version in which each dataset had copies of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common import keys
from common.s3 import Bucket
from common.settings import load
from common.splits import LaunchedRun, write_launched_run
from split.handler import handle
from split.s3 import copying
from tests.support.aws import BUCKET, Stack, png
from tests.support.context import LambdaContext
from tests.support.earlier_layout import turn_back
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings


@pytest.fixture
def dataset(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the dataset that the earlier version has trained."""
    set_split_settings(monkeypatch)
    aws.put_images({"good": 12, "oil": 10})
    trained: str = split()["dataset"]
    write_launched_run(Bucket(BUCKET), LaunchedRun(run="the-run", dataset=trained))
    turn_back(aws.s3, BUCKET, trained)
    assert {key.split("/")[1] for key in aws.keys("datasets/")} == {trained}
    return trained


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return the sources and keys of the copies that are made from now on."""
    pairs: list[tuple[str, str]] = []
    copy_all = copying.copy_all
    monkeypatch.setattr(
        copying,
        "copy_all",
        lambda name, wanted, *rest: pairs.extend(wanted) or copy_all(name, wanted),
    )
    return pairs


def split(kind: str = "window") -> dict[str, Any]:
    return handle(load_event(f"scheduler/{kind}"), LambdaContext())


def sides(aws: Stack, dataset: str) -> dict[str, str]:
    rows = (json.loads(line) for line in aws.get(keys.manifest(dataset)).splitlines())
    return {row["content"]: row["side"] for row in rows}


def test_what_it_trained_is_not_trained_again(
    aws: Stack, dataset: str, copied: list[tuple[str, str]]
):
    answer = split()

    assert (answer["status"], answer["dataset"]) == ("unchanged", dataset)
    assert aws.status()["drop"]["run"] == "the-run"
    assert copied == []


def test_the_next_drop_is_copied_once_and_nobody_changes_sides(
    aws: Stack, dataset: str, copied: list[tuple[str, str]]
):
    before = sides(aws, dataset)
    earlier = aws.keys(f"datasets/{dataset}/")
    aws.put("raw/oil/new.png", png("new"))

    second = split()
    aws.put("raw/oil/newer.png", png("newer"))
    third = split()

    assert [second["status"], third["status"]] == ["ready", "ready"]
    assert sides(aws, second["dataset"]).items() >= before.items()
    assert len(copied) == len(set(copied)) == 22 + 2
    assert aws.keys(f"datasets/{dataset}/") == earlier


def test_the_marker_has_it_trained_again_with_copies_where_the_job_looks(
    aws: Stack, dataset: str, copied: list[tuple[str, str]]
):
    answer = split("ready")

    assert (answer["status"], answer["dataset"]) == ("ready", dataset)
    assert answer["asked_at"] is not None
    assert len(copied) == 22


def test_too_few_changes_cannot_be_counted_so_it_is_trained(
    aws: Stack, dataset: str, monkeypatch: pytest.MonkeyPatch
):
    """That version didn't record the newest run."""
    monkeypatch.setenv("MINIMUM_CHANGED_IMAGES", "50")
    load.cache_clear()
    aws.put("raw/oil/new.png", png("new"))

    assert split()["status"] == "ready"
