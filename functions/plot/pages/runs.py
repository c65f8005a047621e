"""Puts all runs onto one page, newest first."""

from __future__ import annotations

from common import clock
from plot.index import Index
from plot.pages.templating import fill

SHOWN = 500


def render_runs(index: Index) -> str:
    """Return the page; its links lead to the reports beside it."""
    rows = [
        (entry, clock.from_text(entry.ended_at), f"{entry.run}/report.html")
        for entry in index.entries[:SHOWN]
    ]
    return fill("runs.html", rows=rows, hidden=max(0, len(index.entries) - SHOWN))
