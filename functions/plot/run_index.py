"""The list of all runs, `runs/index.json`: newest first, with the figures that matter. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from common import clock, keys
from plot.job_end import JobEnd
from plot.run_record import RunRecord

MAXIMUM = 2_000  # runs; at four a day more than a year


@dataclass(frozen=True)
class RunEntry:
    """One run; figures are None where the run left none."""

    run: str
    dataset: str
    state: str
    sentence: str
    ended_at: str
    report: str
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    validation_images: int | None = None
    macro_f1: float | None = None
    weakest_class: str | None = None
    against_run_before: str | None = None
    training_seconds: int | None = None
    billable_seconds: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunIndex:
    """All runs, newest first."""

    entries: tuple[RunEntry, ...] = ()

    def before(self, job: JobEnd) -> RunEntry | None:
        """Return the newest completed run that ended before this one."""
        earlier = (
            entry
            for entry in self.entries
            if entry.state == "done"
            and entry.run != job.run
            and clock.from_text(entry.ended_at) < job.ended_at
        )
        return next(earlier, None)

    def with_entry(self, entry: RunEntry) -> RunIndex:
        """Add a run, or replace what was said of it."""
        others = [one for one in self.entries if one.run != entry.run]
        ranked = sorted([*others, entry], key=_rank, reverse=True)
        return RunIndex(tuple(ranked[:MAXIMUM]))

    def to_json(self) -> bytes:
        """Write it for runs/index.json."""
        rows = [asdict(entry) for entry in self.entries]
        return json.dumps({"runs": rows}, indent=1, ensure_ascii=False).encode()


def read_index(body: bytes | None) -> RunIndex | None:
    """Read runs/index.json; None when it is not there or damaged."""
    try:
        rows = json.loads(body or b"null")["runs"]
        entries = [_entry(row) for row in rows]
        return RunIndex(tuple(sorted(entries, key=_rank, reverse=True)))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def index_of(records: Sequence[RunRecord]) -> RunIndex:
    """Make the list anew out of what is kept of each run."""
    index = RunIndex()
    for record in records:
        index = index.with_entry(entry_of(record))
    return index


def entry_of(record: RunRecord) -> RunEntry:
    """Take the figures that matter."""
    figures = record.figures
    accuracy = figures.get("accuracy") or {}
    return RunEntry(
        run=record.run,
        dataset=record.dataset,
        state=record.state,
        sentence=record.sentence,
        ended_at=record.ended_at,
        report=keys.run_report(record.run),
        accuracy=accuracy.get("value"),
        accuracy_low=accuracy.get("low"),
        accuracy_high=accuracy.get("high"),
        validation_images=accuracy.get("of"),
        macro_f1=figures.get("macro_f1"),
        weakest_class=figures.get("weakest_class"),
        against_run_before=(figures.get("comparison") or {}).get("verdict"),
        training_seconds=figures.get("training_seconds"),
        billable_seconds=figures.get("billable_seconds"),
        warnings=tuple(figures.get("warnings") or ()),
    )


def _entry(row: dict[str, Any]) -> RunEntry:
    known = {one.name for one in fields(RunEntry)}
    entry = RunEntry(**{name: value for name, value in row.items() if name in known})
    clock.from_text(entry.ended_at)
    return RunEntry(**{**asdict(entry), "warnings": tuple(entry.warnings)})


def _rank(entry: RunEntry) -> tuple[float, str]:
    return clock.from_text(entry.ended_at).timestamp(), entry.run
