"""The answers of a day, each image once, however often its event came. Pure.

An image is a key with a content, its ETag. If it was answered more than once, the newest answer
stands. All answers of a day are a document for programs, and a table for people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta

from common.cells import escape
from predict.answer import Answer

REVIEWED_DAYS = timedelta(days=7)
MAXIMUM_REVIEWED = 500  # images
COLUMNS = (
    *("key", "decision", "class", "probability", "rejected", "novelty", "reason"),
    *("time", "run", "etag"),
)


class ListedAnswer(Answer):
    """An answer, and the name of the batch that it was written in."""

    batch: str


def listed(batch: str, answers: Iterable[Answer]) -> list[ListedAnswer]:
    """Return the answers of a batch with its name."""
    return [
        ListedAnswer.model_validate({**answer.model_dump(by_alias=True), "batch": batch})
        for answer in answers
    ]


def each_image_once(answers: Iterable[ListedAnswer]) -> list[ListedAnswer]:
    """Return the newest answer of each image, the oldest image first."""
    newest: dict[tuple[str, str], ListedAnswer] = {}
    for answer in sorted(answers, key=_order):
        newest[answer.key, answer.etag] = answer
    return sorted(newest.values(), key=_order)


def to_review(answers: Iterable[ListedAnswer]) -> list[ListedAnswer]:
    """Return the unsure and unknown images of the last days, the newest first.

    Of a key only the newest answer counts: an image that was replaced is gone.
    """
    newest = {answer.key: answer for answer in sorted(answers, key=_order)}
    asking = [answer for answer in newest.values() if answer.decision in ("unsure", "unknown")]
    last = max((answer.time for answer in newest.values()), default=None)
    recent = [answer for answer in asking if last and answer.time > last - REVIEWED_DAYS]
    return sorted(recent, key=_order, reverse=True)[:MAXIMUM_REVIEWED]


def read_day(body: bytes | None) -> list[ListedAnswer]:
    """Read what `write_day` wrote."""
    return [ListedAnswer.model_validate_json(line) for line in (body or b"").splitlines()]


def write_day(answers: Iterable[ListedAnswer]) -> bytes:
    """Write a line of JSON for each image."""
    return b"".join(answer.to_json() + b"\n" for answer in answers)


def write_table(answers: Sequence[ListedAnswer]) -> bytes:
    """Write a table; spreadsheets show its text as text."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    for answer in answers:
        fields = answer.model_dump(mode="json", by_alias=True)
        fields["probability"] = answer.probability
        cells = ("" if fields[name] is None else str(fields[name]) for name in COLUMNS)
        writer.writerow(map(escape, cells))
    return output.getvalue().encode("utf-8-sig")


def _order(answer: ListedAnswer) -> tuple[object, ...]:
    return answer.time, answer.batch, answer.key
