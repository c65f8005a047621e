"""Locks against moto: one holder at a time, also when the answer to a write gets lost."""

from __future__ import annotations

import threading
import time

import pytest

from common import lock as module
from common.errors import BusyError, ConflictError
from common.lock import acquire, is_done, once
from common.s3 import Bucket
from tests.support.aws import BUCKET, Stack

LOCK_SECONDS = 3600


@pytest.fixture
def bucket(aws: Stack) -> Bucket:
    return Bucket(BUCKET)


class LossyBucket(Bucket):
    """The effect of the writes with these numbers stays, their answer is a conflict.

    So it looks when an answer is lost on its way: the client repeats the write, and the condition
    that its own first write broke does not hold any more.
    """

    def __init__(self, *lost: int) -> None:
        super().__init__(BUCKET)
        self.lost = lost
        self.writes = 0

    def put(self, *arguments, **options) -> str:
        etag = super().put(*arguments, **options)
        self.writes += 1
        if self.writes in self.lost:
            raise ConflictError("the condition does not hold")
        return etag


class BusyBucket(Bucket):
    """Answers the writes with these numbers as S3 does while another write is under way: 409."""

    def __init__(self, *refused: int) -> None:
        super().__init__(BUCKET)
        self.refused = refused
        self.writes = 0

    def put(self, *arguments, **options) -> str:
        self.writes += 1
        if self.writes in self.refused:
            raise ConflictError("ConditionalRequestConflict")
        return super().put(*arguments, **options)


def test_a_lock_is_held_until_released(bucket: Bucket):
    lock = acquire(bucket, "locks/x", LOCK_SECONDS)
    assert lock is not None
    assert acquire(bucket, "locks/x", LOCK_SECONDS) is None

    lock.end("free")

    assert acquire(bucket, "locks/x", LOCK_SECONDS) is not None


def test_a_lock_whose_work_is_done_is_never_acquired_again(bucket: Bucket):
    lock = acquire(bucket, "locks/x", LOCK_SECONDS)
    assert lock is not None
    assert not is_done(bucket, "locks/x")

    lock.end("done")

    assert is_done(bucket, "locks/x")
    assert acquire(bucket, "locks/x", LOCK_SECONDS) is None


def test_an_expired_lock_is_taken_over_and_its_old_holder_changes_nothing(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    first = acquire(bucket, "locks/x", LOCK_SECONDS)
    assert first is not None
    later = time.time() + LOCK_SECONDS + 1
    monkeypatch.setattr(module.time, "time", lambda: later)

    second = acquire(bucket, "locks/x", LOCK_SECONDS)
    first.end("done")

    assert second is not None
    assert not is_done(bucket, "locks/x")


def test_work_is_done_once(bucket: Bucket):
    done: list[int] = []

    assert once(bucket, "locks/x", LOCK_SECONDS, lambda: done.append(1))
    assert not once(bucket, "locks/x", LOCK_SECONDS, lambda: done.append(2))
    assert done == [1]


def test_work_that_fails_is_done_by_the_next(bucket: Bucket):
    done: list[int] = []
    with pytest.raises(ZeroDivisionError):
        once(bucket, "locks/x", LOCK_SECONDS, lambda: done.append(1 // 0))

    assert once(bucket, "locks/x", LOCK_SECONDS, lambda: done.append(2))
    assert done == [2]


def test_only_one_of_many_acquires_a_lock(bucket: Bucket):
    won = []
    barrier = threading.Barrier(8)

    def compete() -> None:
        barrier.wait()
        won.append(acquire(bucket, "locks/x", LOCK_SECONDS))

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(lock is not None for lock in won) == 1


def test_work_of_another_invocation_makes_a_caller_busy(bucket: Bucket):
    acquire(bucket, "locks/x", LOCK_SECONDS)

    with pytest.raises(BusyError):
        once(bucket, "locks/x", LOCK_SECONDS, lambda: None)


@pytest.mark.parametrize("lost", [1, 2])
def test_work_is_done_once_though_an_answer_is_lost(aws: Stack, lost: int):
    done: list[int] = []

    assert once(LossyBucket(lost), "locks/x", LOCK_SECONDS, lambda: done.append(1))
    assert not once(Bucket(BUCKET), "locks/x", LOCK_SECONDS, lambda: done.append(2))
    assert done == [1]


@pytest.mark.parametrize("refused", [1, 2])
def test_work_is_done_once_though_a_write_is_refused_for_a_moment(aws: Stack, refused: int):
    done: list[int] = []

    assert once(BusyBucket(refused), "locks/x", LOCK_SECONDS, lambda: done.append(1))
    assert not once(Bucket(BUCKET), "locks/x", LOCK_SECONDS, lambda: done.append(2))
    assert done == [1]
