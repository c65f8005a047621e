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
from common.visible import visible_values

# What a section is about: facts told earlier of the same dataset, or run, stay.
SUBJECTS = {"drop": "dataset", "run": "run"}

# The page holds so many of the newest run's plots: accuracy, loss and confusion matrix, which are
# about 300 KB together. The report has all.
MAXIMUM_PICTURES = 3
MAXIMUM_PICTURE_BYTES = 1024 * 1024


class StatusBoard:
    """The visible state of the pipeline in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def report_drop(self, state: str, sentence: str, **facts: Any) -> None:
        """Say where the drop stands.

        States: waiting, splitting, failing, ready, queued, launched, unchanged, refused.
        """
        self._report("drop", state, sentence, facts)

    def report_run(self, state: str, sentence: str, **facts: Any) -> None:
        """Say where the newest run stands: training, capped, failed, stopped or done."""
        self._report("run", state, sentence, facts)

    def _report(self, section: str, state: str, sentence: str, facts: dict[str, Any]) -> None:
        updated_at = clock.to_text(clock.now())
        entry = {"state": state, "sentence": sentence, "updated_at": updated_at}

        def change(body: bytes | None) -> bytes:
            board: dict[str, Any] = json.loads(body or b"{}")
            earlier = board.get(section, {})
            subject = SUBJECTS[section]
            kept = earlier if subject in facts and earlier.get(subject) == facts[subject] else {}
            board |= entry | {section: kept | entry | facts}
            return json.dumps(visible_values(board), indent=2, ensure_ascii=False).encode()

        try:
            written = self._bucket.update(keys.STATUS_JSON, change, JSON)
        except ConflictError:
            # The status is for people; the pipeline goes on without it.
            logger.warning("status.json is being written by others, giving up", state=state)
            return
        shown: dict[str, Any] = json.loads(written or b"{}")
        page = render(shown, self._bucket.name, self._pictures(shown))
        self._bucket.put(keys.STATUS_HTML, page.encode(), HTML)

    def _pictures(self, board: dict[str, Any]) -> dict[str, bytes]:
        """Read the first plots of the newest run, by their keys."""
        plots = board.get("run", {}).get("plots", [])[:MAXIMUM_PICTURES]
        pictures = {key: self._bucket.get(key) for key in plots}
        return {
            key: body
            for key, body in pictures.items()
            if body and len(body) <= MAXIMUM_PICTURE_BYTES
        }
