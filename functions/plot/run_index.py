"""Makes the entries of `runs/index.json`, the list of all runs, from their records."""

from __future__ import annotations

from common import keys
from common.run_index import RunEntry, RunIndex, ranked
from common.s3 import Bucket
from plot.run_record import RunRecord, read_record


def rebuilt_index(bucket: Bucket) -> RunIndex:
    """Make the list anew from the runs' records, when it is lost."""
    records = (
        read_record(bucket.get(key), bucket.keys(key.rpartition("/")[0] + "/"))
        for key in bucket.keys(keys.RUNS)
        if key.count("/") == 2 and key.endswith("/metrics.json")
    )
    return ranked(entry_of(record) for record in records if record)


def entry_of(record: RunRecord) -> RunEntry:
    """Take the figures that matter from a record."""
    figures, accuracy = record.figures, record.figures.accuracy
    return RunEntry(
        **record.model_dump(include={"run", "dataset", "state", "sentence", "ended_at", "model"}),
        report=keys.run_report(record.run),
        accuracy=accuracy.value if accuracy else None,
        accuracy_low=accuracy.low if accuracy else None,
        accuracy_high=accuracy.high if accuracy else None,
        validation_images=accuracy.of if accuracy else None,
        macro_f1=figures.macro_f1,
        weakest_class=figures.weakest_class,
        against_run_before=figures.comparison.verdict if figures.comparison else None,
        images=figures.images,
        instance_type=figures.instance_type,
        training_seconds=figures.training_seconds,
        billable_seconds=figures.billable_seconds,
        warnings=tuple(figures.warnings),
        doubtful_labels=figures.doubtful_labels,
        gate=record.facts.get("gate"),
    )
