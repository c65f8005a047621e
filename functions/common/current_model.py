"""Which run's model is the current one: `models/current.json`, and the log of its changes.

A change is one conditional write of `current.json`, so of two writers at once one comes after the
other and decides anew. `models/history.jsonl` gets a line for each change. The document holds all
that its line says: where a writer died before it wrote the line, the next one writes it first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from pydantic import ValidationError

from common import keys
from common.documents import JsonDocument, Timestamp
from common.errors import DroptrainError
from common.s3 import JSON, JSON_LINES, Bucket


class CurrentModel(JsonDocument):
    """The run whose model is the current one, since when and why; `previous` is the run before.

    by       "gate"      the run passed the gate when it ended
             "promote"   a person chose it
             "rollback"  a person went back to it

    `ended_at` is when the training of `run` ended, and `dataset` what it trained on.
    """

    run: str
    dataset: str
    ended_at: Timestamp
    since: Timestamp
    by: Literal["gate", "promote", "rollback"]
    reason: str = ""
    previous: str | None = None


class CurrentModelError(DroptrainError):
    """When somebody has damaged models/current.json."""


def read_current_model(bucket: Bucket) -> CurrentModel | None:
    """Return the current model; None before the first.

    Raises:
        CurrentModelError: the document is damaged.
    """
    return _parsed(bucket.get(keys.CURRENT_MODEL))


def change_current_model(
    bucket: Bucket, decide: Callable[[CurrentModel | None], CurrentModel | None]
) -> CurrentModel | None:
    """Write the current model that `decide` returns, and log the change.

    `decide` gets the current model and returns None to keep it; it is called again whenever another
    writer came first.

    Returns:
        What was written, or None.

    Raises:
        ConflictError: other writers came first each time; a retry helps.
        CurrentModelError: the document is damaged.
    """

    def change(body: bytes | None) -> bytes | None:
        current = _parsed(body)
        if current:
            _log(bucket, current)
        chosen = decide(current)
        return chosen.to_json() if chosen else None

    written = _parsed(bucket.update(keys.CURRENT_MODEL, change, JSON))
    if written:
        _log(bucket, written)
    return written


def read_history(body: bytes | None) -> list[CurrentModel]:
    """Read models/history.jsonl: each model that was current, the oldest first.

    A line that somebody damaged is skipped: the log must not keep a model from becoming current.
    """
    lines = []
    for line in (body or b"").splitlines():
        with suppress(ValidationError):
            lines.append(CurrentModel.model_validate_json(line))
    return lines


def _log(bucket: Bucket, current: CurrentModel) -> None:
    """Append a change to the history unless it is there."""

    def change(body: bytes | None) -> bytes | None:
        if any(
            (line.run, line.since) == (current.run, current.since) for line in read_history(body)
        ):
            return None
        line = current.model_dump_json().encode()
        return b"\n".join([*(body or b"").splitlines(), line, b""])

    bucket.update(keys.MODEL_HISTORY, change, JSON_LINES)


def _parsed(body: bytes | None) -> CurrentModel | None:
    try:
        return CurrentModel.model_validate_json(body) if body is not None else None
    except ValidationError as error:
        raise CurrentModelError(
            f"{keys.CURRENT_MODEL} can't be read. Restore an earlier version of it, or delete it "
            "and choose a model with `droptrain promote RUN`."
        ) from error
