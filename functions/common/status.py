"""`status.json` and `status.html`: where the current drop and the newest run stand.

The two sections are written by different functions at any time and in any order, so a write is
read, change, write if nobody wrote meanwhile, else again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from common import clock, keys
from common.errors import ConflictError
from common.observability import logger
from common.status_page import render
from common.storage import HTML, JSON, Bucket

# What a section is about: facts told earlier of the same dataset, or run, stay.
SUBJECTS = {"drop": "dataset", "run": "run"}
# What a section showed before a try failed, and whose try it was.
BEFORE_FAILING = "before_failing"

Entry = dict[str, Any]


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
        """Say where the newest run stands: training, failing, capped, failed, stopped or done."""
        self._report("run", state, sentence, facts)

    def report_failing(
        self,
        section: str,
        work: str,
        sentence: str,
        may_replace: Callable[[Entry], bool],
        facts: Entry,
    ) -> None:
        """Say that a try at `work` failed, if what the section shows may be replaced."""

        def change(board: Entry) -> bool:
            shown: Entry = board.get(section, {})
            if not may_replace(shown):
                return False
            if shown.get("state") == "failing":
                shown = board.get(BEFORE_FAILING, {}).get(section, {}).get("shown", {})
            _enter(board, section, "failing", sentence, facts)
            board.setdefault(BEFORE_FAILING, {})[section] = {"work": work, "shown": shown}
            return True

        self._change(change)

    def withdraw_failing(self, section: str, work: str) -> None:
        """Put back what the section showed before tries at `work` failed, if it says so still."""

        def change(board: Entry) -> bool:
            before = board.get(BEFORE_FAILING, {}).get(section, {})
            if board.get(section, {}).get("state") != "failing" or before.get("work") != work:
                return False
            del board[section]
            if before["shown"]:
                board[section] = before["shown"]
            _forget_failing(board, section)
            _repeat_the_newest(board)
            return True

        self._change(change)

    def _report(self, section: str, state: str, sentence: str, facts: Entry) -> None:
        def change(board: Entry) -> bool:
            _enter(board, section, state, sentence, facts)
            return True

        self._change(change)

    def _change(self, change: Callable[[Entry], bool]) -> None:
        """Change the board if `change` does; the page follows."""

        def rewritten(body: bytes | None) -> bytes | None:
            board: Entry = json.loads(body or b"{}")
            return (
                json.dumps(board, indent=2, ensure_ascii=False).encode() if change(board) else None
            )

        try:
            written = self._bucket.update(keys.STATUS_JSON, rewritten, JSON)
        except ConflictError:
            # The status is for people; the pipeline goes on without it.
            logger.warning("status.json is being written by others, giving up")
            return
        if written is not None:
            self._bucket.put(keys.STATUS_HTML, render(json.loads(written)).encode(), HTML)


def _enter(board: Entry, section: str, state: str, sentence: str, facts: Entry) -> None:
    entry = {"state": state, "sentence": sentence, "updated_at": clock.to_text(clock.now())}
    earlier = board.get(section, {})
    subject = SUBJECTS[section]
    kept = earlier if subject in facts and earlier.get(subject) == facts[subject] else {}
    board |= entry | {section: kept | entry | facts}
    _forget_failing(board, section)


def _forget_failing(board: Entry, section: str) -> None:
    before = board.pop(BEFORE_FAILING, {})
    before.pop(section, None)
    if before:
        board[BEFORE_FAILING] = before


def _repeat_the_newest(board: Entry) -> None:
    """Say at the top what the section says that was written last."""
    sections = [board[name] for name in SUBJECTS if name in board]
    newest: Entry = max(
        sections, key=lambda entry: clock.from_text(entry["updated_at"]), default={}
    )
    for name in ("state", "sentence", "updated_at"):
        board.pop(name, None)
        if name in newest:
            board[name] = newest[name]
