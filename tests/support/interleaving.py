"""A bucket whose writers take turns in a given order, request by request; any of them may die."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from common.errors import ConflictError
from common.s3 import Bucket, StoredObject
from tests.support.waiting import HANG_SECONDS


class DeadWriterError(Exception):
    """The writer died before this request."""


class Turns:
    """Lets one writer at a time make one request; after `order` the others finish one by one."""

    def __init__(self, order: Sequence[int], writers: int) -> None:
        self._waiting = list(order)
        self._alive = set(range(writers))
        self._changed = threading.Condition()

    @contextmanager
    def of(self, writer: int) -> Iterator[None]:
        """Wait for the writer's turn, and hold it for one request."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._next() == writer, HANG_SECONDS)
            if self._waiting:
                self._waiting.pop(0)
            try:
                yield
            finally:
                self._changed.notify_all()

    def leave(self, writer: int) -> None:
        """Take no turn any more."""
        with self._changed:
            self._alive.discard(writer)
            self._changed.notify_all()

    def _next(self) -> int:
        while self._waiting and self._waiting[0] not in self._alive:
            self._waiting.pop(0)
        return self._waiting[0] if self._waiting else min(self._alive)


class InterleavedBucket(Bucket):
    """One writer's view of shared objects; it dies before its request number `dies_at`, if ever."""

    def __init__(
        self,
        objects: dict[str, StoredObject],
        turns: Turns | None = None,
        writer: int = 0,
        dies_at: int | None = None,
    ) -> None:
        super().__init__("bucket", cast(Any, None))
        self._objects, self._writer = objects, writer
        self._turns = turns or Turns([], 1)
        self._left = dies_at

    def get_with_etag(self, key: str) -> StoredObject | None:
        with self._turns.of(self._writer):
            self._count()
            return self._objects.get(key)

    def put(
        self,
        key: str,
        body: bytes,
        content_type: str = "",
        *,
        only_if_absent: bool = False,
        if_match: str | None = None,
    ) -> str:
        with self._turns.of(self._writer):
            self._count()
            stored = self._objects.get(key)
            if (only_if_absent and stored) or (
                if_match and (stored is None or stored.etag != if_match)
            ):
                raise ConflictError(key)
            etag = str(int(stored.etag) + 1 if stored else 0)
            self._objects[key] = StoredObject(body, etag)
            return etag

    def _count(self) -> None:
        if self._left == 0:
            raise DeadWriterError
        if self._left is not None:
            self._left -= 1


def interleave(
    work: Callable[[int, Bucket], None],
    order: Sequence[int],
    deaths: Mapping[int, int],
    writers: int,
) -> dict[str, bytes]:
    """Let writers work at once in this order of requests; return what is stored in the end.

    `deaths` are the numbers of the requests before which writers die.
    """
    objects: dict[str, StoredObject] = {}
    turns = Turns(order, writers)
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            with suppress(DeadWriterError):  # as it was asked to die
                work(writer, InterleavedBucket(objects, turns, writer, deaths.get(writer)))
        except BaseException as error:
            failures.append(error)
        finally:
            turns.leave(writer)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return {key: stored.body for key, stored in objects.items()}
