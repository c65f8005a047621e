"""Writes the page of the newest answers, and the one of images that a person should label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from common import keys
from common.pages.templating import copying_script, fill
from predict.answer import Decision
from predict.day import ListedAnswer
from predict.moves import label_moves

TEMPLATES = Path(__file__).parent / "templates"
MAXIMUM_SHOWN = 120  # images on a page, each with about 5 KB
DECISIONS: tuple[Decision, ...] = ("class", "unsure", "unknown", "unreadable")


def render_latest(
    bucket: str, day: date, answers: Sequence[ListedAnswer], pictures: Mapping[str, bytes]
) -> str:
    """Return the page of a day: counts of all its answers, and the newest images."""
    decided = Counter(answer.decision for answer in answers)
    return fill(
        TEMPLATES,
        "latest.html",
        day=day,
        answers=answers,
        newest=answers[: -MAXIMUM_SHOWN - 1 : -1],
        pictures=pictures,
        decided={name: decided[name] for name in DECISIONS if decided[name]},
        classes=Counter(a.class_name for a in answers if a.decision == "class").most_common(),
        rejected=sum(bool(answer.rejected) for answer in answers),
        has_decision=any(answer.rejected is not None for answer in answers),
        runs=sorted({answer.run for answer in answers}),
        fetch_table=keys.fetch(bucket, keys.predictions_table(day)),
        fetch_review=keys.fetch(bucket, keys.PREDICTIONS_REVIEW_HTML),
    )


def render_review(
    bucket: str, answers: Sequence[ListedAnswer], pictures: Mapping[str, bytes]
) -> str:
    """Return the page of images to label, the newest first."""
    script, source = copying_script()
    return fill(
        TEMPLATES,
        "review.html",
        answers=answers[:MAXIMUM_SHOWN],
        total=len(answers),
        pictures=pictures,
        moves=partial(label_moves, bucket),
        script=script,
        script_source=source,
        fetch_list=keys.fetch(bucket, keys.PREDICTIONS_REVIEW),
    )
