"""`status.json` and `status.html`: where the current drop and the newest run stand.

The two sections are written by different functions at any time and in any order, so a write is
read, change, write if nobody wrote meanwhile, else again. Events may come late: each section keeps
the newest news, not the last written, and the head of the status is that of the newer section.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from common import clock, keys
from common.errors import ConflictError
from common.observability import logger
from common.status_page import render
from common.storage import HTML, JSON, Bucket
from common.visible import visible_values

# What a section is about: facts told earlier of the same dataset, or run, stay.
SUBJECTS = {"drop": "dataset", "run": "run"}
HEADLINE = ("state", "sentence", "updated_at")
# What a section showed before a try failed, and whose try it was.
BEFORE_FAILING = "before_failing"

Entry = dict[str, Any]

# The page holds so many of the newest run's plots: accuracy, loss and confusion matrix, which are
# about 300 KB together. The report has all.
MAXIMUM_PICTURES = 3
MAXIMUM_PICTURE_BYTES = 1024 * 1024


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
        self._report("drop", state, sentence, as_of, facts)

    def report_run(
        self, state: str, sentence: str, *, as_of: datetime | None = None, **facts: Any
    ) -> None:
        """Say where the newest run stands, as of when it began or ended; None is now.

        States: training, failing, failed, stopped, done.
        """
        self._report("run", state, sentence, as_of, facts)

    def report_failing(
        self,
        section: str,
        work: str,
        sentence: str,
        may_replace: Callable[[Entry], bool],
        as_of: datetime,
        facts: Entry,
    ) -> None:
        """Say that a try at `work` failed, if what the section shows may be replaced."""

        def change(board: Entry) -> bool:
            shown: Entry = board.get(section, {})
            if not may_replace(shown):
                return False
            if shown.get("state") == "failing":
                shown = board.get(BEFORE_FAILING, {}).get(section, {}).get("shown", {})
            if not _enter(board, section, "failing", sentence, as_of, facts):
                return False
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
            _write_headline(board, section)
            return True

        self._change(change)

    def _report(
        self, section: str, state: str, sentence: str, as_of: datetime | None, facts: Entry
    ) -> None:
        moment = as_of or clock.now()
        self._change(lambda board: _enter(board, section, state, sentence, moment, facts))

    def _change(self, change: Callable[[Entry], bool]) -> None:
        """Change the board if `change` does; the page follows."""

        def rewritten(body: bytes | None) -> bytes | None:
            board: Entry = json.loads(body or b"{}")
            changed = change(board)
            if not changed:
                return None
            return json.dumps(visible_values(board), indent=2, ensure_ascii=False).encode()

        try:
            written = self._bucket.update(keys.STATUS_JSON, rewritten, JSON)
        except ConflictError:
            # The status is for people; the pipeline goes on without it.
            logger.warning("status.json is being written by others, giving up")
            return
        if written is not None:
            shown: Entry = json.loads(written)
            page = render(shown, self._bucket.name, self._pictures(shown))
            self._bucket.put(keys.STATUS_HTML, page.encode(), HTML)

    def _pictures(self, board: Entry) -> dict[str, bytes]:
        """Read the first plots of the newest run, by their keys."""
        plots = board.get("run", {}).get("plots", [])[:MAXIMUM_PICTURES]
        pictures = {key: self._bucket.get(key) for key in plots}
        return {
            key: body
            for key, body in pictures.items()
            if body and len(body) <= MAXIMUM_PICTURE_BYTES
        }


def _enter(
    board: Entry, section: str, state: str, sentence: str, as_of: datetime, facts: Entry
) -> bool:
    """Write an entry unless the section has newer news, whoever writes last."""
    earlier = board.get(section, {})
    if _as_of(earlier) > as_of:
        return False
    subject = SUBJECTS[section]
    kept = earlier if subject in facts and earlier.get(subject) == facts[subject] else {}
    entry = {
        "state": state,
        "sentence": sentence,
        "updated_at": clock.to_text(clock.now()),
        "as_of": clock.to_text(as_of),
    }
    board[section] = kept | entry | facts
    _forget_failing(board, section)
    _write_headline(board, section)
    return True


def _forget_failing(board: Entry, section: str) -> None:
    before = board.pop(BEFORE_FAILING, {})
    before.pop(section, None)
    if before:
        board[BEFORE_FAILING] = before


def _write_headline(board: Entry, section: str) -> None:
    """Say at the top what the newer section says, of two as new what `section` says."""
    entries = [(_as_of(board[name]), name == section, name) for name in SUBJECTS if name in board]
    newest: Entry = board[max(entries)[-1]] if entries else {}
    for name in HEADLINE:
        board.pop(name, None)
    board |= {name: newest[name] for name in HEADLINE if name in newest}


def _as_of(entry: Entry) -> datetime:
    """Return as of when an entry speaks; earlier versions wrote only when they wrote it."""
    text = entry.get("as_of") or entry.get("updated_at")
    return clock.from_text(text) if text else datetime.min.replace(tzinfo=UTC)
