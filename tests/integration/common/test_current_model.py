"""The current model against moto: one after the other, and each change has its line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from common import keys
from common.current_model import (
    CurrentModel,
    CurrentModelError,
    change_current_model,
    read_current_model,
    read_history,
)
from common.s3 import Bucket
from tests.support.aws import BUCKET, Stack

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def bucket(aws: Stack) -> Bucket:
    return Bucket(BUCKET)


def becoming(run: str, minute: int = 0) -> Callable[[CurrentModel | None], CurrentModel]:
    """Return a decision for `run`, whatever is current."""

    def decide(current: CurrentModel | None) -> CurrentModel:
        return CurrentModel(
            run=run,
            dataset="d" * 64,
            ended_at=NOON,
            since=NOON + timedelta(minutes=minute),
            by="gate",
            previous=current.run if current else None,
        )

    return decide


def history(bucket: Bucket) -> list[CurrentModel]:
    return read_history(bucket.get(keys.MODEL_HISTORY))


class MortalBucket(Bucket):
    """The writer dies before it writes the history."""

    def put(self, key: str, *arguments, **options) -> str:
        if key == keys.MODEL_HISTORY:
            raise TimeoutError("the writer is dead")
        return super().put(key, *arguments, **options)


def test_before_the_first_there_is_none(bucket: Bucket):
    assert read_current_model(bucket) is None
    assert change_current_model(bucket, lambda current: None) is None
    assert bucket.keys(keys.MODELS) == []


def test_a_change_is_written_and_logged(bucket: Bucket):
    first = change_current_model(bucket, becoming("run-1"))
    second = change_current_model(bucket, becoming("run-2", 1))

    assert second is not None
    assert second.previous == "run-1"
    assert read_current_model(bucket) == second
    assert history(bucket) == [first, second]


def test_keeping_the_current_one_writes_nothing(bucket: Bucket):
    first = change_current_model(bucket, becoming("run-1"))

    assert change_current_model(bucket, lambda current: None) is None
    assert read_current_model(bucket) == first
    assert history(bucket) == [first]


def test_the_line_of_a_writer_that_died_is_written_by_the_next(bucket: Bucket):
    with pytest.raises(TimeoutError):
        change_current_model(MortalBucket(BUCKET), becoming("run-1"))
    assert history(bucket) == []

    change_current_model(bucket, lambda current: None)

    assert [line.run for line in history(bucket)] == ["run-1"]


def test_a_writer_that_loses_decides_anew(bucket: Bucket):
    seen: list[str | None] = []

    def decide(current: CurrentModel | None) -> CurrentModel:
        if not seen:
            change_current_model(bucket, becoming("theirs"))
        seen.append(current.run if current else None)
        return becoming("ours", 1)(current)

    change_current_model(bucket, decide)

    assert seen == [None, "theirs"]
    assert [line.run for line in history(bucket)] == ["theirs", "ours"]


def test_of_writers_at_once_each_follows_the_other(bucket: Bucket):
    barrier = threading.Barrier(4)

    def write(run: int) -> None:
        barrier.wait()
        change_current_model(bucket, becoming(f"run-{run}", run))

    threads = [threading.Thread(target=write, args=(run,)) for run in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = history(bucket)
    assert sorted(line.run for line in lines) == [f"run-{run}" for run in range(4)]
    assert [after.previous for _, after in pairwise(lines)] == [line.run for line in lines[:-1]]
    assert lines[-1] == read_current_model(bucket)


def test_a_damaged_line_of_the_history_keeps_nothing_from_going_on(bucket: Bucket):
    bucket.put(keys.MODEL_HISTORY, b"{")

    change_current_model(bucket, becoming("run-1"))

    assert [line.run for line in history(bucket)] == ["run-1"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"run": "run-1"}'])
def test_a_damaged_document_is_named_with_the_remedy(bucket: Bucket, body: bytes):
    bucket.put(keys.CURRENT_MODEL, body)

    with pytest.raises(CurrentModelError, match=r"models/current\.json .* `droptrain promote RUN`"):
        change_current_model(bucket, becoming("run-1"))
    assert bucket.get(keys.CURRENT_MODEL) == body
