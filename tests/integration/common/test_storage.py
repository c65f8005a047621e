"""The S3 gateway, the claim and the status board against moto."""

from __future__ import annotations

import threading
import time

import pytest

from common import claim as claims
from common.claim import claim, is_done, once
from common.errors import ConflictError
from common.status import StatusBoard
from common.storage import Bucket
from tests.support.aws import BUCKET, Stack

HOLD_SECONDS = 3600


@pytest.fixture
def bucket(aws: Stack) -> Bucket:
    return Bucket(BUCKET)


def test_what_is_not_there_is_none(bucket: Bucket):
    assert bucket.get("no") is None
    assert bucket.get_with_etag("no") is None
    assert bucket.open("no") is None
    assert bucket.keys("no/") == []


def test_what_was_written_is_read(bucket: Bucket):
    etag = bucket.put("a b+c", b"body")

    stream = bucket.open("a b+c")
    assert stream is not None
    assert stream.read() == b"body"
    assert bucket.get_with_etag("a b+c") == (b"body", etag)


def test_only_the_first_conditional_write_wins(bucket: Bucket):
    bucket.put("k", b"1", only_if_absent=True)

    with pytest.raises(ConflictError):
        bucket.put("k", b"2", only_if_absent=True)
    assert bucket.get("k") == b"1"


def test_a_write_against_an_old_etag_loses(bucket: Bucket):
    old = bucket.put("k", b"1")
    bucket.put("k", b"2", if_match=old)

    with pytest.raises(ConflictError):
        bucket.put("k", b"3", if_match=old)
    with pytest.raises(ConflictError):
        bucket.put("gone", b"3", if_match=old)


def test_a_claim_is_held_until_released(bucket: Bucket):
    held = claim(bucket, "locks/x", HOLD_SECONDS)
    assert held is not None
    assert claim(bucket, "locks/x", HOLD_SECONDS) is None

    held.release()

    assert claim(bucket, "locks/x", HOLD_SECONDS) is not None


def test_what_is_done_is_never_claimed_again(bucket: Bucket):
    held = claim(bucket, "locks/x", HOLD_SECONDS)
    assert held is not None
    assert not is_done(bucket, "locks/x")

    held.done()

    assert is_done(bucket, "locks/x")
    assert claim(bucket, "locks/x", HOLD_SECONDS) is None


def test_an_expired_claim_is_taken_over_and_its_holder_changes_nothing(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    first = claim(bucket, "locks/x", HOLD_SECONDS)
    assert first is not None
    later = time.time() + HOLD_SECONDS + 1
    monkeypatch.setattr(claims.time, "time", lambda: later)

    second = claim(bucket, "locks/x", HOLD_SECONDS)
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
        won.append(claim(bucket, "locks/x", HOLD_SECONDS))

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(held is not None for held in won) == 1


def test_the_board_keeps_the_other_section(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_drop("ready", "18 images.", dataset="d")
    board.report_run("training", "Training.", run="r")

    status = aws.status()
    assert (status["state"], status["sentence"]) == ("training", "Training.")
    assert status["drop"]["dataset"] == "d"
    assert status["run"]["run"] == "r"


def test_facts_stay_while_they_are_about_the_same(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    board.report_drop("ready", "18 images.", dataset="d", left_out={"empty": 1})

    board.report_drop("training", "Run r trains these images.", dataset="d", run="r")
    assert aws.status()["drop"]["left_out"] == {"empty": 1}
    assert aws.status()["drop"]["sentence"] == "Run r trains these images."

    board.report_drop("ready", "20 images.", dataset="e")
    assert "left_out" not in aws.status()["drop"]

    board.report_drop("waiting", "Images are arriving.")
    assert "dataset" not in aws.status()["drop"]


def test_writers_at_once_lose_nothing(aws: Stack, bucket: Bucket):
    board = StatusBoard(bucket)
    reports = [board.report_drop, board.report_run]
    threads = [threading.Thread(target=report, args=("state", "sentence")) for report in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {"drop", "run"} <= set(aws.status())


def test_an_update_sees_what_another_wrote_meanwhile(bucket: Bucket):
    seen: list[bytes | None] = []

    def change(body: bytes | None) -> bytes:
        seen.append(body)
        if len(seen) == 1:
            bucket.put("k", b"theirs")
        return (body or b"") + b"+ours"

    assert bucket.update("k", change, "text/plain") == b"theirs+ours"
    assert seen == [None, b"theirs"]


def test_an_update_that_always_loses_says_so(bucket: Bucket):
    def change(body: bytes | None) -> bytes:
        bucket.put("k", (body or b"") + b"x")
        return b"never written"

    with pytest.raises(ConflictError):
        bucket.update("k", change, "text/plain")
    assert b"never" not in (bucket.get("k") or b"")


def test_an_update_may_leave_things_as_they_are(bucket: Bucket):
    bucket.put("k", b"1")

    assert bucket.update("k", lambda body: None, "text/plain") is None
    assert bucket.get("k") == b"1"
