"""The pointer to the current model under any order of two and three writers, some of which die."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from common import keys
from common.current_model import CurrentModel, change_current_model, read_history
from common.s3 import Bucket
from tests.support.interleaving import interleave
from tests.support.memory_bucket import MemoryBucket

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
REQUESTS = 10  # of one writer without a conflict: two reads and two writes, and as many again


def change(writer: int, bucket: Bucket) -> None:
    """Make this writer's run the current one, whatever was."""

    def decide(current: CurrentModel | None) -> CurrentModel | None:
        if current and current.run == f"run-{writer}":
            return None
        return CurrentModel(
            run=f"run-{writer}",
            dataset="d",
            ended_at=NOON,
            since=NOON + timedelta(minutes=writer),
            by="promote",
            previous=current.run if current else None,
        )

    change_current_model(bucket, decide)


@settings(deadline=None, max_examples=150)
@given(
    order=st.lists(st.integers(0, 2), max_size=3 * REQUESTS),
    deaths=st.dictionaries(st.integers(0, 2), st.integers(0, REQUESTS), max_size=2),
    writers=st.integers(2, 3),
)
def test_each_change_follows_the_one_before_and_has_its_line(
    order: list[int], deaths: dict[int, int], writers: int
):
    left = interleave(change, order, deaths, writers)
    # Whoever comes next completes what a writer that died has left.
    bucket = MemoryBucket("bucket", left)
    change_current_model(bucket, lambda current: None)

    lines = read_history(bucket.objects.get(keys.MODEL_HISTORY))
    runs = [line.run for line in lines]
    survivors = {f"run-{writer}" for writer in range(writers) if writer not in deaths}
    assert survivors <= set(runs)
    assert len(set(runs)) == len(runs)
    assert [line.previous for line in lines[:1]] == [None] * len(lines[:1])
    assert [(before.run, after.previous) for before, after in pairwise(lines)] == [
        (run, run) for run in runs[:-1]
    ]
    stored = bucket.objects.get(keys.CURRENT_MODEL)
    assert [CurrentModel.model_validate_json(stored)] == lines[-1:] if stored else not lines
