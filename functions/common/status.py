"""`status.json` and `status.html`: the current drop, the newest run and the current model.

Different functions write the two sections, at any time and in any order. So each write reads the
document, changes it, and is repeated if somebody else wrote meanwhile. Events may come late: a
section keeps the newest news, not the last written, and the head repeats the newer section.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Unpack

from common import clock, keys
from common.errors import ConflictError
from common.observability import logger
from common.printable import change_texts, printable
from common.s3 import HTML, JSON, UPDATE_ATTEMPTS, Bucket
from common.status_document import (
    DropState,
    ModelState,
    RunState,
    Section,
    Status,
    StatusEntry,
    StatusFacts,
)
from common.status_page import render

# What a section is about: facts reported earlier about the same dataset, or run, stay.
SUBJECTS: dict[Section, Literal["dataset", "run"]] = {"drop": "dataset", "run": "run"}
# States of a drop after which nothing has to happen.
SETTLED = ("launched", "unchanged", "not started", "refused", "collecting")
HEADLINE: list[Literal["state", "sentence", "updated_at"]] = ["state", "sentence", "updated_at"]

# The page shows this many of the newest run's plots: accuracy, loss and confusion matrix, together
# about 300 KB. The report has all.
MAXIMUM_PICTURES = 3
MAXIMUM_PICTURE_BYTES = 1024 * 1024


class StatusBoard:
    """The status in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def report_drop(
        self,
        state: DropState,
        sentence: str,
        as_of: datetime | None = None,
        **facts: Unpack[StatusFacts],
    ) -> None:
        """Report the state of the drop as of the time raw/ was listed; None is now."""
        self._report("drop", state, sentence, as_of, facts)

    def report_run(
        self,
        state: RunState,
        sentence: str,
        as_of: datetime | None = None,
        **facts: Unpack[StatusFacts],
    ) -> None:
        """Report the state of the newest run as of the time it began or ended; None is now."""
        self._report("run", state, sentence, as_of, facts)

    def report_model(
        self, state: ModelState, sentence: str, as_of: datetime, **facts: Unpack[StatusFacts]
    ) -> None:
        """Report which model is the current one and which waits; the head doesn't repeat it."""

        def change(status: Status) -> bool:
            shown = status.get("model", StatusEntry())
            news = {"state": state, "sentence": sentence, **facts}
            if _as_of(shown) > as_of or news.items() <= shown.items():
                return False
            status["model"] = {**_headline(state, sentence, as_of), **facts}
            return True

        self._change(change)

    def report_failing(
        self,
        section: Section,
        work: str,
        sentence: str,
        may_replace: Callable[[StatusEntry], bool],
        as_of: datetime,
        facts: StatusFacts,
    ) -> None:
        """Report a failed attempt at `work`, if what the section shows may be replaced."""

        def change(status: Status) -> bool:
            shown = status.get(section, StatusEntry())
            before = status.get("before_failing", {})
            if not may_replace(shown):
                return False
            if shown.get("state") == "failing":
                shown = before[section]["shown"] if section in before else StatusEntry()
            if not _enter(status, section, "failing", sentence, as_of, facts):
                return False
            status.setdefault("before_failing", {})[section] = {"work": work, "shown": shown}
            return True

        self._change(change)

    def withdraw_failing(self, section: Section, work: str) -> None:
        """Restore what the section showed before `work` failed, if it still shows the failure."""

        def change(status: Status) -> bool:
            before = status.get("before_failing", {}).get(section)
            if status.get(section, {}).get("state") != "failing":
                return False
            if before is None or before["work"] != work:
                return False
            del status[section]
            if before["shown"]:
                status[section] = before["shown"]
            _forget_failing(status, section)
            _write_headline(status, section)
            return True

        self._change(change)

    def _report(
        self,
        section: Section,
        state: str,
        sentence: str,
        as_of: datetime | None,
        facts: StatusFacts,
    ) -> None:
        moment = as_of or clock.now()
        self._change(lambda status: _enter(status, section, state, sentence, moment, facts))

    def _change(self, change: Callable[[Status], bool]) -> None:
        """Write the document and its page if `change` changes it."""

        def rewritten(body: bytes | None) -> bytes | None:
            status: Status = json.loads(body or b"{}")
            if not change(status):
                return None
            return json.dumps(
                change_texts(status, printable), indent=2, ensure_ascii=False
            ).encode()

        try:
            written = self._bucket.update(keys.STATUS_JSON, rewritten, JSON)
        except ConflictError:
            # The status is for people; the pipeline goes on without it.
            logger.warning("status.json is being written by others, giving up")
            return
        if written is not None:
            self.write_page()

    def is_settled(self) -> bool:
        """Whether the drop's section says what became of it, not that something will happen."""
        status: Status = json.loads(self._bucket.get(keys.STATUS_JSON) or b"{}")
        return status.get("drop", StatusEntry()).get("state") in SETTLED

    def write_page(self) -> None:
        """Write the page of the status as it is, again if somebody changed that meanwhile."""
        for _ in range(UPDATE_ATTEMPTS):
            body = self._bucket.get(keys.STATUS_JSON)
            if body is None:
                return
            status: Status = json.loads(body)
            page = render(status, self._bucket.name, self._pictures(status))
            self._bucket.put(keys.STATUS_HTML, page.encode(), HTML)
            if self._bucket.get(keys.STATUS_JSON) == body:
                return

    def _pictures(self, status: Status) -> dict[str, bytes]:
        """Read the first plots of the newest run, by their keys."""
        plots = status.get("run", StatusEntry()).get("plots", [])[:MAXIMUM_PICTURES]
        pictures = {key: self._bucket.get(key) for key in plots}
        return {
            key: body
            for key, body in pictures.items()
            if body and len(body) <= MAXIMUM_PICTURE_BYTES
        }


def _enter(
    status: Status, section: Section, state: str, sentence: str, as_of: datetime, facts: StatusFacts
) -> bool:
    """Write an entry unless the section has newer news, whoever writes last."""
    earlier = status.get(section, StatusEntry())
    if _as_of(earlier) > as_of:
        return False
    subject = SUBJECTS[section]
    is_same = subject in facts and earlier.get(subject) == facts[subject]
    headline = _headline(state, sentence, as_of)
    status[section] = StatusEntry(**{**(earlier if is_same else {}), **headline, **facts})
    _forget_failing(status, section)
    _write_headline(status, section)
    return True


def _headline(state: str, sentence: str, as_of: datetime) -> StatusEntry:
    return {
        "state": state,
        "sentence": sentence,
        "updated_at": clock.to_text(clock.now()),
        "as_of": clock.to_text(as_of),
    }


def _forget_failing(status: Status, section: Section) -> None:
    before = status.pop("before_failing", {})
    before.pop(section, None)
    if before:
        status["before_failing"] = before


def _write_headline(status: Status, section: Section) -> None:
    """Repeat the newer section's state at the head; of two equally new, that of `section`."""
    entries = [(_as_of(status[name]), name == section, name) for name in SUBJECTS if name in status]
    newest = status[max(entries)[-1]] if entries else StatusEntry()
    for field in HEADLINE:
        status.pop(field, None)
        if field in newest:
            status[field] = newest[field]


def _as_of(entry: StatusEntry) -> datetime:
    """Return the time an entry is about; older versions wrote only the time of writing."""
    text = entry.get("as_of") or entry.get("updated_at")
    return clock.from_text(text) if text else datetime.min.replace(tzinfo=UTC)
