"""Thousands of changed archives, each of which ends in a report."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from common import keys
from tests.support.jobs import RUN
from tests.support.mutations import BOUNDED, archives, report_job


@given(archive=archives(), status=st.sampled_from(["Completed", "Failed"]))
@settings(BOUNDED, max_examples=3_000)
def test_every_archive_ends_in_a_report(archive: bytes, status: str) -> None:
    report_job({keys.run_output_archive(RUN): archive}, status)
