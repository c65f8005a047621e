"""Writes the page of all runs, newest first."""

from __future__ import annotations

from common import keys
from common.current_model import CurrentModel
from common.run_index import RunIndex
from plot.gate import promotion_of
from plot.pages.templating import fill

MAXIMUM_RUNS = 500


def render_runs(index: RunIndex, bucket: str, current: CurrentModel | None = None) -> str:
    """Return the page; each run has the command that downloads its report."""
    waiting = index.waiting(current.ended_at if current else None)
    rows = [
        (
            entry,
            entry.ended_at,
            keys.fetch(bucket, keys.run_report(entry.run), f"{entry.run}.html"),
        )
        for entry in index.runs[:MAXIMUM_RUNS]
    ]
    return fill(
        "runs.html",
        rows=rows,
        current=current.run if current else None,
        waiting=waiting.run if waiting else None,
        promotion=promotion_of(waiting.run) if waiting else "",
        hidden=max(0, len(index.runs) - MAXIMUM_RUNS),
        index=keys.fetch(bucket, keys.RUNS_JSON),
    )
