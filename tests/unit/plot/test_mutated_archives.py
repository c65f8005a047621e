"""Whatever a job leaves, plot ends with a report, a status and a message, and says what is missing.

More archives are changed in tests/long.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import keys
from plot.figures import canvas
from tests.support.jobs import RUN
from tests.support.mutations import (
    BOUNDED,
    HALF,
    archives,
    good_files,
    histories,
    report_job,
)
from tests.support.runs import archive_of


@given(archive=archives(), status=st.sampled_from(["Completed", "Completed", "Failed"]))
@settings(BOUNDED, max_examples=25)
def test_every_archive_ends_in_a_report(archive: bytes, status: str) -> None:
    report_job({keys.run_output_archive(RUN): archive}, status)


@given(change=histories())
@settings(BOUNDED, max_examples=15)
def test_every_checkpoint_of_a_failed_job_ends_in_a_report(change: dict[str, bytes]) -> None:
    checkpoint = b'{"history": ' + change["history.json"] + b', "epoch": 3}'
    report_job({f"{keys.run_checkpoints(RUN)}epoch-0003.json": checkpoint}, "Failed")


@pytest.mark.parametrize(
    ("name", "document", "words"),
    [
        ("history.json", {"loss": [-3.0, -2.0], "val_loss": [-1.0, -4.0]}, "lacks numbers of acc"),
        ("history.json", {"loss": [1e30, 5e-324], "val_loss": [10**400, 1]}, "1 value not finite"),
        ("config.json", {"seconds": "a minute"}, "which are ignored: 'seconds'"),
        (
            "config.json",
            {"seconds": {"total": float("nan")}},
            "which are ignored: 'total'",
        ),
        (
            "config.json",
            {"images": {"train": {"good": 10**400}}},
            "which are ignored: 'train'",
        ),
        (
            "audit.json",
            {"near_copies": {"share": 3}},
            "which are ignored: 'near_copies'",
        ),
        (
            "skipped.json",
            [{"file": HALF, "reason": "x"}, 3],
            "which are ignored: 1 of 2 rows",
        ),
        ("mistakes.json", [{"file": 3}], "which are ignored: 1 of 1 rows"),
    ],
)
def test_plots_are_drawn_and_the_report_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str, document: Any, words: str
) -> None:
    monkeypatch.setattr(canvas, "DOTS_PER_INCH", 40)
    files = good_files() | {name: json.dumps(document).encode()}
    state, page = report_job(
        {keys.run_output_archive(RUN): archive_of(files)}, "Completed", prints=True
    )
    assert state == "done"
    assert "What is missing here" in page
    assert words in page.replace("&#39;", "'")


def test_a_huge_checkpoint_is_not_read() -> None:
    endless = b'{"history": {"loss": [' + b"1," * (3 << 20) + b"1]}}"
    name = f"{keys.run_checkpoints(RUN)}epoch-0003.json"
    _, page = report_job({name: endless}, "Failed")
    assert "0 complete epochs" in page
