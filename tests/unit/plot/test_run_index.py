"""The list of runs: newest first, each run once, and which run was before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from common import keys
from common.run_index import RunEntry, RunIndex, read_index
from common.status_document import ModelState, RunState
from plot.run_index import entry_of, rebuilt_index
from plot.run_record import Figures, RecordedEstimate, RunRecord, read_record
from tests.support.memory_bucket import MemoryBucket

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def entry(number: int, state: RunState = "done") -> RunEntry:
    return RunEntry(
        run=f"run-{number}",
        dataset="d" * 64,
        state=state,
        sentence="Done.",
        ended_at=NOON + timedelta(hours=number),
        report=f"runs/run-{number}/report.html",
    )


def test_the_newest_run_is_first_and_each_is_there_once() -> None:
    index = RunIndex()
    for number in (2, 1, 3, 2):
        index = index.with_entry(entry(number))
    assert [entry.run for entry in index.runs] == ["run-3", "run-2", "run-1"]
    changed = index.with_entry(entry(2, "failed"))
    assert [entry.state for entry in changed.runs] == ["done", "failed", "done"]


def test_it_is_read_as_it_was_written() -> None:
    full = entry(1).model_copy(
        update={"accuracy": 0.9, "warnings": ("border",), "weakest_class": "é"}
    )
    index = RunIndex(runs=(full, entry(0, "failed")))
    assert read_index(index.to_json()) == index
    later = index.to_json().replace(b'"run":', b'"unknown": 3, "run":')
    assert read_index(later) == index


def test_the_newest_run_with_a_model_waits_if_it_is_a_candidate() -> None:
    def decided(number: int, model: ModelState | None) -> RunEntry:
        return entry(number).model_copy(update={"model": model})

    candidate, older = decided(3, "candidate"), decided(2, "candidate")
    failed = decided(4, None)
    index = RunIndex(runs=(failed, candidate, older, decided(1, "current")))
    assert index.waiting(None) == candidate
    assert index.waiting(candidate.ended_at - timedelta(minutes=1)) == candidate
    # Another, newer or chosen in its place, is the current one.
    assert index.waiting(candidate.ended_at) is None
    assert RunIndex(runs=(decided(4, "current"), candidate)).waiting(None) is None
    assert RunIndex().waiting(None) is None


@pytest.mark.parametrize(
    "body", [None, b"", b"{", b"[]", b'{"runs": 3}', b'{"runs": [{"run": "x"}]}']
)
def test_a_damaged_list_is_not_read(body: bytes | None) -> None:
    assert read_index(body) is None


def test_the_previous_run_is_the_newest_completed_one_that_ended_earlier() -> None:
    index = RunIndex(runs=(entry(4), entry(3, "failed"), entry(2), entry(1)))
    previous = index.previous("run-9", NOON + timedelta(hours=3, minutes=1))
    assert previous is not None
    assert previous.run == "run-2"
    assert index.previous("run-1", NOON + timedelta(hours=1)) is None


def record(number: int) -> RunRecord:
    accuracy = RecordedEstimate(value=0.9, low=0.8, high=0.95, hits=90, of=100)
    return RunRecord(
        run=f"run-{number}",
        dataset="d",
        state="done",
        sentence="Done.",
        ended_at=NOON + timedelta(hours=number),
        figures=Figures(accuracy=accuracy, billable_seconds=3),
        files=[keys.run_report(f"run-{number}")],
    )


def test_it_can_be_rebuilt_from_the_records() -> None:
    bucket = MemoryBucket("bucket", {})
    for number in (1, 2):
        bucket.objects[keys.run_metrics(f"run-{number}")] = record(number).to_json()
        bucket.objects[keys.run_report(f"run-{number}")] = b"<html>"
    bucket.objects[keys.run_metrics("run-3")] = b"{"
    index = rebuilt_index(bucket)
    assert [entry.run for entry in index.runs] == ["run-2", "run-1"]
    first = index.runs[0]
    assert first == entry_of(record(2))
    assert (first.accuracy, first.validation_images, first.billable_seconds) == (0.9, 100, 3)


def test_a_record_has_only_the_fields_that_were_set() -> None:
    assert json.loads(record(1).to_json()) == {
        "run": "run-1",
        "dataset": "d",
        "state": "done",
        "sentence": "Done.",
        "ended_at": "2026-03-14T13:00:00Z",
        "figures": {
            "accuracy": {"value": 0.9, "low": 0.8, "high": 0.95, "hits": 90, "of": 100},
            "billable_seconds": 3,
        },
        "files": ["runs/run-1/report.html"],
    }


def test_a_record_is_read_if_all_files_it_lists_are_there() -> None:
    body, report = record(1).to_json(), keys.run_report("run-1")
    assert read_record(body, {report, "runs/b"}) == record(1)
    assert read_record(body, {"runs/b"}) is None
    for damaged in (None, b"", b"{", b"[]", b'{"run": 1}'):
        assert read_record(damaged, {report}) is None


def test_reads_a_record_of_an_earlier_version() -> None:
    report = keys.run_report("run-1")
    body = {
        "run": "run-1",
        "dataset": "d",
        "state": "failed",
        "sentence": "Failed.",
        "ended_at": "2026-03-14T13:00:00.123000Z",
        "facts": {"run": "run-1", "report": report, "training_minutes": None, "an_old_fact": 3},
        "figures": {"macro_f1": None, "training_seconds": None, "an_old_figure": 0.5},
        "files": [report],
    }
    read = read_record(json.dumps(body).encode(), {report})
    assert read is not None
    assert read.facts == {
        "run": "run-1",
        "report": report,
        "training_minutes": None,
    }
    assert json.loads(read.to_json())["ended_at"] == body["ended_at"]
