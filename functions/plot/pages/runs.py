"""Puts all runs onto one page, newest first."""

from __future__ import annotations

from common import keys
from plot.pages.templating import fill
from plot.run_index import RunIndex

SHOWN = 500


def render_runs(index: RunIndex, bucket: str) -> str:
    """Return the page; beside each run stands the command that fetches its report."""
    rows = [
        (
            entry,
            entry.ended_at,
            keys.fetch(bucket, keys.run_report(entry.run), f"{entry.run}.html"),
        )
        for entry in index.runs[:SHOWN]
    ]
    return fill(
        "runs.html",
        rows=rows,
        hidden=max(0, len(index.runs) - SHOWN),
        index=keys.fetch(bucket, keys.RUNS_JSON),
    )
