"""The list of all runs, `runs/index.json`: newest first, with the figures that matter."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from common import keys
from common.documents import JsonDocument, RunState
from common.s3 import Bucket
from plot.job_end import JobEnd
from plot.run_record import RunRecord, Timestamp, read_record

MAXIMUM = 2_000  # runs; at four a day more than a year


class RunEntry(JsonDocument):
    """One run; figures are None where the run left none."""

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
    training_seconds: int | None = None
    billable_seconds: int | None = None
    warnings: tuple[str, ...] = ()
    doubtful_labels: int | None = None


class RunIndex(JsonDocument):
    """All runs, newest first."""

    runs: tuple[RunEntry, ...] = ()

    def previous(self, job: JobEnd) -> RunEntry | None:
        """Return the newest completed run that ended before this one."""
        earlier = (
            entry
            for entry in self.runs
            if entry.state == "done" and entry.run != job.run and entry.ended_at < job.ended_at
        )
        return next(earlier, None)

    def with_entry(self, entry: RunEntry) -> RunIndex:
        """Add a run, or replace what the list says of it."""
        return _ranked([*(other for other in self.runs if other.run != entry.run), entry])


def read_index(body: bytes | None) -> RunIndex | None:
    """Read runs/index.json; None when it isn't there or damaged."""
    try:
        return _ranked(RunIndex.model_validate_json(body or b"").runs)
    except ValidationError:
        return None


def rebuilt_index(bucket: Bucket) -> RunIndex:
    """Make the list anew from the runs' records, when it is lost."""
    records = (
        read_record(bucket.get(key), bucket.keys(key.rpartition("/")[0] + "/"))
        for key in bucket.keys(keys.RUNS)
        if key.count("/") == 2 and key.endswith("/metrics.json")
    )
    return _ranked(entry_of(record) for record in records if record)


def entry_of(record: RunRecord) -> RunEntry:
    """Take the figures that matter from a record."""
    figures, accuracy = record.figures, record.figures.accuracy
    return RunEntry(
        **record.model_dump(include={"run", "dataset", "state", "sentence", "ended_at"}),
        report=keys.run_report(record.run),
        accuracy=accuracy.value if accuracy else None,
        accuracy_low=accuracy.low if accuracy else None,
        accuracy_high=accuracy.high if accuracy else None,
        validation_images=accuracy.of if accuracy else None,
        macro_f1=figures.macro_f1,
        weakest_class=figures.weakest_class,
        against_run_before=figures.comparison.verdict if figures.comparison else None,
        training_seconds=figures.training_seconds,
        billable_seconds=figures.billable_seconds,
        warnings=tuple(figures.warnings),
        doubtful_labels=figures.doubtful_labels,
    )


def _ranked(entries: Iterable[RunEntry]) -> RunIndex:
    newest_first = sorted(entries, key=lambda entry: (entry.ended_at, entry.run), reverse=True)
    return RunIndex(runs=tuple(newest_first[:MAXIMUM]))
