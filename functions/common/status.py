"""`status.json` and `status.html`: where the current drop and the newest run stand.

The two sections are written by different functions at any time and in any order, so a write is
read, change, write if nobody wrote meanwhile, else again. Events may come late: each section keeps
the newest news, not the last written, and the head of the status is that of the newer section.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from common import clock, keys
from common.errors import ConflictError
from common.observability import logger
from common.status_page import render
from common.storage import HTML, JSON, Bucket

# What a section is about: facts told earlier of the same dataset, or run, stay.
SUBJECTS = {"drop": "dataset", "run": "run"}
HEADLINE = ("state", "sentence", "updated_at")


class StatusBoard:
    """The visible state of the pipeline in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def report_drop(
        self, state: str, sentence: str, *, as_of: datetime | None = None, **facts: Any
    ) -> None:
        """Say where the drop stands, as of when raw/ was looked at; None is now.

        States: waiting, splitting, failing, ready, collecting, queued, capped, not started,
        launched, unchanged, refused.
        """
        self._report("drop", state, sentence, as_of or clock.now(), facts)

    def report_run(
        self, state: str, sentence: str, *, as_of: datetime | None = None, **facts: Any
    ) -> None:
        """Say where the newest run stands, as of when it started or ended; None is now.

        States: training, failing, failed, stopped or done.
        """
        self._report("run", state, sentence, as_of or clock.now(), facts)

    def _report(
        self, section: str, state: str, sentence: str, as_of: datetime, facts: dict[str, Any]
    ) -> None:
        entry = {
            "state": state,
            "sentence": sentence,
            "updated_at": clock.to_text(clock.now()),
            "as_of": clock.to_text(as_of),
        }

        def change(body: bytes | None) -> bytes | None:
            board: dict[str, Any] = json.loads(body or b"{}")
            earlier = board.get(section, {})
            if _as_of(earlier) > as_of:
                return None  # of the two this is the older news, whoever writes last
            subject = SUBJECTS[section]
            kept = earlier if subject in facts and earlier.get(subject) == facts[subject] else {}
            board[section] = kept | entry | facts
            newest = max(SUBJECTS, key=lambda name: (_as_of(board.get(name, {})), name == section))
            board |= {name: board[newest][name] for name in HEADLINE}
            return json.dumps(board, indent=2, ensure_ascii=False).encode()

        try:
            written = self._bucket.update(keys.STATUS_JSON, change, JSON)
        except ConflictError:
            # The status is for people; the pipeline goes on without it.
            logger.warning("status.json is being written by others, giving up", state=state)
            return
        if written is not None:
            page = render(json.loads(written))
            self._bucket.put(keys.STATUS_HTML, page.encode(), HTML)


def _as_of(entry: dict[str, Any]) -> datetime:
    """Return as of when a section speaks; earlier versions wrote only when they wrote it."""
    text = entry.get("as_of") or entry.get("updated_at")
    return clock.from_text(text) if text else datetime.min.replace(tzinfo=UTC)
