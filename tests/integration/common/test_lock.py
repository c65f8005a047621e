"""Claims against moto: one holder at a time, and answers that are lost on their way."""

from __future__ import annotations

import threading
import time

import pytest

from common import lock as locks
from common.errors import BusyError, ConflictError
from common.lock import acquire, is_done, once
from common.s3 import Bucket
from tests.support.aws import BUCKET, Stack

HOLD_SECONDS = 3600


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


def test_a_claim_is_held_until_released(bucket: Bucket):
    held = acquire(bucket, "locks/x", HOLD_SECONDS)
    assert held is not None
    assert acquire(bucket, "locks/x", HOLD_SECONDS) is None

    held.release()

    assert acquire(bucket, "locks/x", HOLD_SECONDS) is not None


def test_what_is_done_is_never_claimed_again(bucket: Bucket):
    held = acquire(bucket, "locks/x", HOLD_SECONDS)
    assert held is not None
    assert not is_done(bucket, "locks/x")

    held.done()

    assert is_done(bucket, "locks/x")
    assert acquire(bucket, "locks/x", HOLD_SECONDS) is None


def test_an_expired_claim_is_taken_over_and_its_holder_changes_nothing(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    first = acquire(bucket, "locks/x", HOLD_SECONDS)
    assert first is not None
    later = time.time() + HOLD_SECONDS + 1
    monkeypatch.setattr(locks.time, "time", lambda: later)

    second = acquire(bucket, "locks/x", HOLD_SECONDS)
    first.done()

    assert second is not None
    assert not is_done(bucket, "locks/x")


def test_work_is_done_once(bucket: Bucket):
    done: list[int] = []

    assert once(bucket, "locks/x", HOLD_SECONDS, lambda: done.append(1))
    assert not once(bucket, "locks/x", HOLD_SECONDS, lambda: done.append(2))
    assert done == [1]


def test_work_that_fails_is_done_by_the_next(bucket: Bucket):
    done: list[int] = []
    with pytest.raises(ZeroDivisionError):
        once(bucket, "locks/x", HOLD_SECONDS, lambda: done.append(1 // 0))

    assert once(bucket, "locks/x", HOLD_SECONDS, lambda: done.append(2))
    assert done == [2]


def test_of_many_claims_at_once_one_wins(bucket: Bucket):
    won = []
    barrier = threading.Barrier(8)

    def compete() -> None:
        barrier.wait()
        won.append(acquire(bucket, "locks/x", HOLD_SECONDS))

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(held is not None for held in won) == 1


def test_work_that_another_is_at_is_neither_done_nor_done_before(bucket: Bucket):
    acquire(bucket, "locks/x", HOLD_SECONDS)

    with pytest.raises(BusyError):
        once(bucket, "locks/x", HOLD_SECONDS, lambda: None)


@pytest.mark.parametrize("lost", [1, 2])
def test_work_is_done_once_though_an_answer_is_lost(aws: Stack, lost: int):
    done: list[int] = []

    assert once(LossyBucket(lost), "locks/x", HOLD_SECONDS, lambda: done.append(1))
    assert not once(Bucket(BUCKET), "locks/x", HOLD_SECONDS, lambda: done.append(2))
    assert done == [1]


@pytest.mark.parametrize("refused", [1, 2])
def test_work_is_done_once_though_a_write_is_refused_for_a_moment(aws: Stack, refused: int):
    done: list[int] = []

    assert once(BusyBucket(refused), "locks/x", HOLD_SECONDS, lambda: done.append(1))
    assert not once(Bucket(BUCKET), "locks/x", HOLD_SECONDS, lambda: done.append(2))
    assert done == [1]
