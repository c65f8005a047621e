"""The list of all runs, `runs/index.json`: newest first, with the figures that matter. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import ValidationError

from common.documents import JsonDocument, Timestamp
from common.status_document import ModelState, RunState

MAXIMUM = 2_000  # runs; at four a day more than a year


class RunEntry(JsonDocument):
    """One run; figures are None where the run left none, and `images` are those of both sides.

    `model` and `gate` are what the gate said when the run ended.
    """

    run: str
    dataset: str
    state: RunState
    sentence: str
    ended_at: Timestamp
    report: str
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    validation_images: int | None = None
    macro_f1: float | None = None
    weakest_class: str | None = None
    against_run_before: str | None = None
    images: int | None = None
    instance_type: str | None = None
    training_seconds: int | None = None
    billable_seconds: int | None = None
    warnings: tuple[str, ...] = ()
    doubtful_labels: int | None = None
    model: ModelState | None = None
    gate: str | None = None


class RunIndex(JsonDocument):
    """All runs, newest first."""

    runs: tuple[RunEntry, ...] = ()

    def previous(self, run: str, ended_at: datetime) -> RunEntry | None:
        """Return the newest completed run that ended before this one."""
        earlier = (
            entry
            for entry in self.runs
            if entry.state == "done" and entry.run != run and entry.ended_at < ended_at
        )
        return next(earlier, None)

    def waiting(self, current_ended_at: datetime | None) -> RunEntry | None:
        """Return the newest run with a model, if that is a candidate newer than the current one."""
        newest = next((entry for entry in self.runs if entry.model), None)
        if newest is None or newest.model != "candidate":
            return None
        is_newer = current_ended_at is None or newest.ended_at > current_ended_at
        return newest if is_newer else None

    def with_entry(self, entry: RunEntry) -> RunIndex:
        """Add a run, or replace what the list says of it."""
        return ranked([*(other for other in self.runs if other.run != entry.run), entry])


def ranked(entries: Iterable[RunEntry]) -> RunIndex:
    """Return the list of the newest runs."""
    newest_first = sorted(entries, key=lambda entry: (entry.ended_at, entry.run), reverse=True)
    return RunIndex(runs=tuple(newest_first[:MAXIMUM]))


def read_index(body: bytes | None) -> RunIndex | None:
    """Read runs/index.json; None when it isn't there or damaged."""
    try:
        return ranked(RunIndex.model_validate_json(body or b"").runs)
    except ValidationError:
        return None
