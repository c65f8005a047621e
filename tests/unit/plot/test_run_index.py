"""The list of runs: newest first, each run once, and which run was before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plot.run_index import RunEntry, RunIndex, entry_of, index_of, read_index
from plot.run_record import RunRecord, read_record
from tests.support.jobs import job_end

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def entry(number: int, state: str = "done") -> RunEntry:
    moment = (NOON + timedelta(hours=number)).isoformat()
    return RunEntry(
        f"run-{number}", "d" * 64, state, "Done.", moment, f"runs/run-{number}/report.html"
    )


def test_newest_first_and_each_once() -> None:
    index = RunIndex()
    for number in (2, 1, 3, 2):
        index = index.with_entry(entry(number))
    assert [one.run for one in index.entries] == ["run-3", "run-2", "run-1"]
    changed = index.with_entry(replace(entry(2), state="failed"))
    assert [one.state for one in changed.entries] == ["done", "failed", "done"]


def test_it_is_read_as_it_was_written() -> None:
    full = replace(entry(1), accuracy=0.9, warnings=("border",), weakest_class="é")
    index = RunIndex((full, entry(0, "failed")))
    assert read_index(index.to_json()) == index
    later = index.to_json().replace(b'"run":', b'"unknown": 3, "run":')
    assert read_index(later) == index


@pytest.mark.parametrize(
    "body", [None, b"", b"{", b"[]", b'{"runs": 3}', b'{"runs": [{"run": "x"}]}']
)
def test_a_damaged_list_is_no_list(body: bytes | None) -> None:
    assert read_index(body) is None


def test_the_run_before_is_the_newest_completed_one_that_ended_earlier() -> None:
    index = RunIndex((entry(4), entry(3, "failed"), entry(2), entry(1)))
    job = job_end(run="run-9", stopped_at=NOON + timedelta(hours=3, minutes=1))
    before = index.before(job)
    assert before is not None
    assert before.run == "run-2"
    assert index.before(job_end(run="run-1", stopped_at=NOON + timedelta(hours=1))) is None


def record(number: int) -> RunRecord:
    figures = {
        "accuracy": {"value": 0.9, "low": 0.8, "high": 0.95, "hits": 90, "of": 100},
        "comparison": {"verdict": "better"},
        "billable_seconds": 3,
    }
    moment = (NOON + timedelta(hours=number)).isoformat()
    return RunRecord(f"run-{number}", "d", "done", "Done.", moment, {}, figures, ["runs/a"])


def test_it_can_be_made_anew_out_of_the_records() -> None:
    index = index_of([record(1), record(2)])
    assert [one.run for one in index.entries] == ["run-2", "run-1"]
    first = index.entries[0]
    assert first == entry_of(record(2))
    assert (first.accuracy, first.validation_images, first.against_run_before) == (
        *(0.9, 100, "better"),
    )


def test_a_record_counts_when_all_that_it_lists_is_there() -> None:
    body = record(1).to_json()
    assert read_record(body, {"runs/a", "runs/b"}) == record(1)
    assert read_record(body, {"runs/b"}) is None
    for damaged in (None, b"", b"{", b"[]", b'{"run": 1}'):
        assert read_record(damaged, {"runs/a"}) is None
