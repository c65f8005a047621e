"""`status.json` and `status.html`: where the current drop and the newest run stand.

The two sections are written by different functions at any time and in any order, so a write is
read, change, write if nobody wrote meanwhile, else again.
"""

from __future__ import annotations

import json
from typing import Any

from common import clock, keys
from common.errors import ConflictError
from common.observability import logger
from common.status_page import render
from common.storage import HTML, JSON, Bucket

ATTEMPTS = 8


class StatusBoard:
    """The visible state of the pipeline in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def report_drop(self, state: str, sentence: str, **facts: Any) -> None:
        """Say where the drop stands: waiting, splitting, ready, unchanged or refused."""
        self._report("drop", state, sentence, facts)

    def report_run(self, state: str, sentence: str, **facts: Any) -> None:
        """Say where the run stands: queued, training, capped, failed, stopped or done."""
        self._report("run", state, sentence, facts)

    def _report(self, section: str, state: str, sentence: str, facts: dict[str, Any]) -> None:
        for _ in range(ATTEMPTS):
            stored = self._bucket.get_with_etag(keys.STATUS_JSON)
            board = json.loads(stored.body) if stored else {}
            updated_at = clock.to_text(clock.now())
            entry = {"state": state, "sentence": sentence, "updated_at": updated_at}
            board.update(entry)
            board[section] = entry | facts
            body = json.dumps(board, indent=2, ensure_ascii=False).encode()
            try:
                self._bucket.put(
                    keys.STATUS_JSON,
                    body,
                    JSON,
                    only_if_absent=stored is None,
                    if_match=stored.etag if stored else None,
                )
            except ConflictError:
                continue
            self._bucket.put(keys.STATUS_HTML, render(board).encode(), HTML)
            return
        # The status is for people; the pipeline goes on without it.
        logger.warning("status.json is being written by others, giving up", state=state)
