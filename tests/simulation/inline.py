"""Copies one object after the other in the invocation's own thread: threads have no fixed order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from obstore.exceptions import InvalidPathError

from split.s3 import copying, listing, workers
from split.s3.pace import Pace
from tests.simulation.timeline import Timeline


class InlineExecutor:
    """Does at once what is submitted."""

    def __init__(self, _: int) -> None:
        pass

    def __enter__(self) -> InlineExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Do the work."""
        work(*arguments)


def install_inline_workers(patch: Callable[..., None], timeline: Timeline) -> None:
    """Let the split list, read and copy with boto3, without threads, on the timeline's clock."""
    patch(workers, "ThreadPoolExecutor", InlineExecutor)
    patch(workers, "time", SimpleNamespace(sleep=timeline.pause))
    clock = {"clock": timeline.seconds, "sleep": timeline.pause}
    patch(copying, "Pace", partial(Pace, at_once=1, **clock))
    # Each falls back to boto3, as for a key that obstore can't express.
    for module in (copying, listing):
        patch(module, "store", lambda *_, **__: None)
    patch(listing, "obstore", SimpleNamespace(list_with_delimiter=_cannot_list))
    patch(copying, "_refuse_odd", _cannot_express)


def _cannot_list(*_: object) -> None:
    raise InvalidPathError


def _cannot_express(key: str) -> None:
    raise ValueError(key)
