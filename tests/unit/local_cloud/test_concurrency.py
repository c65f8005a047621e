"""What may happen at once: the processes of a function, the failures within a batch."""

from __future__ import annotations

from typing import Any, cast

import pytest

from local_cloud.cloud.function_process import FunctionProcess
from local_cloud.cloud.functions import FunctionPool
from local_cloud.cloud.queues import failed_items


class Process:
    def __init__(self) -> None:
        self.living = True

    def alive(self) -> bool:
        return self.living

    def close(self) -> None:
        self.living = False


def pool(limit: int = 2) -> FunctionPool:
    return FunctionPool("arn", 3, limit, lambda: cast("FunctionProcess", Process()))


def test_a_free_process_is_taken_again_and_a_dead_one_is_not() -> None:
    processes = pool()
    first = processes.take()
    second = processes.take()
    assert first is not second
    processes.give_back(first)
    assert processes.take() is first
    processes.give_back(first)
    first.close()
    assert processes.take() is not first


def test_a_closed_pool_ends_its_processes_also_those_at_work() -> None:
    processes = pool()
    free, working = processes.take(), processes.take()
    processes.give_back(free)
    processes.close()
    assert not free.alive()
    assert working.alive()
    processes.give_back(working)
    assert not working.alive()


def test_no_more_work_at_once_than_the_limit() -> None:
    processes = pool(limit=2)
    assert processes.slots.acquire(blocking=False)
    assert processes.slots.acquire(blocking=False)
    assert not processes.slots.acquire(blocking=False)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifer": "b"}]}, {"a", "b"}),
        ("nonsense", {"a", "b"}),
    ],
)
def test_which_messages_of_a_batch_come_again(answer: Any, kept: set[str]) -> None:
    assert failed_items(answer, {"a", "b"}) == kept
