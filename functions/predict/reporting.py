"""Reports answers to people: tables and pages of a day, and whether a day differs from validation.

Each write builds on the one before it and reads only the batches that came since, so that a busy
day costs no more by the minute than a quiet one. The documents that are built upon are written
conditionally: of two writers at once none loses what the other added.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from common import keys
from common.model_files import NOVELTY
from common.observability import MetricUnit, logger, single_metric
from common.s3 import CSV, HTML, JSON_LINES, Bucket
from predict import batches, day, drift, pages
from predict.day import ListedAnswer
from predict.judge import judge_of
from predict.novelty import NoveltyBound
from predict.validation import validation_shares

# A batch is named by the time at which it began, and is there within the function's timeout.
LATE = timedelta(minutes=15)
MAXIMUM_SHARES = 50  # metrics


def yesterday(now: datetime) -> date:
    """Return the day before."""
    return (now - timedelta(days=1)).date()


def write_pages(bucket: Bucket, of: date) -> list[ListedAnswer]:
    """Write the tables and pages of a day; return its answers, each image once."""
    answers = _write_day(bucket, of)
    if answers:
        bucket.put(keys.predictions_table(of), day.write_table(answers), CSV)
    if not bucket.keys(keys.PREDICTIONS_BY_DAY, after=keys.predictions_of_day(of)):
        newest = answers[-pages.MAXIMUM_SHOWN :]
        page = pages.render_latest(bucket.name, of, answers, _pictures(bucket, newest))
        bucket.put(keys.PREDICTIONS_HTML, page.encode(), HTML)
    reviewed = _write_review(bucket, answers)
    page = pages.render_review(
        bucket.name, reviewed, _pictures(bucket, reviewed[: pages.MAXIMUM_SHOWN])
    )
    bucket.put(keys.PREDICTIONS_REVIEW_HTML, page.encode(), HTML)
    return answers


def report_drift(
    bucket: Bucket, answers: Sequence[ListedAnswer], minimum_confidence: float
) -> float | None:
    """Send the shares of a day's answers by its newest model, and how much they differ."""
    if not answers:
        return None
    run = answers[-1].run
    today = drift.shares_of(answer for answer in answers if answer.run == run)
    table = bucket.get(keys.run_predictions(run))
    rules = judge_of(bucket.name, run, minimum_confidence).rules
    validation = validation_shares(table, rules) if table else {}
    total = max(1, sum(today.values()))
    for name in sorted({*today, *validation, drift.UNKNOWN})[:MAXIMUM_SHARES]:
        _send("Share", today[name] / total, bucket, answer=_dimension(name))
    if not validation:
        return None
    found = drift.evidence(today, validation, _unknown_rate(bucket, run))
    logger.info("drift", run=run, evidence=found, today=today, validation=validation)
    _send("Drift", found, bucket)
    return found


def _write_day(bucket: Bucket, of: date) -> list[ListedAnswer]:
    """Add what was answered since the last time to the day's document; return all of it."""
    answers: list[ListedAnswer] = []

    def change(body: bytes | None) -> bytes | None:
        nonlocal answers
        known = day.read_day(body)
        added = _answers_since(bucket, of, known)
        answers = day.each_image_once([*known, *added])
        return day.write_day(answers) if added else None

    bucket.update(keys.predictions_of_day(of), change, JSON_LINES)
    return answers


def _answers_since(bucket: Bucket, of: date, known: Sequence[ListedAnswer]) -> list[ListedAnswer]:
    last = max((answer.time for answer in known), default=None)
    begin = datetime.combine(of, datetime.min.time(), tzinfo=UTC)
    since = max(begin, last - LATE) if last else begin
    seen = {answer.batch for answer in known}
    after = keys.predictions(batches.name_of(since, ""))
    names = [
        name
        for key in bucket.keys(keys.answers_of_day(of), after)
        if (name := keys.batch_of(key)) not in seen
    ]
    return [
        answer
        for name, answers in batches.read_batches(bucket, names).items()
        for answer in day.listed(name, answers)
    ]


def _write_review(bucket: Bucket, answers: Sequence[ListedAnswer]) -> list[ListedAnswer]:
    """Add a day's images to those that a person should label; return these."""
    reviewed: list[ListedAnswer] = []

    def change(body: bytes | None) -> bytes | None:
        nonlocal reviewed
        listed = day.read_day(body)
        reviewed = day.to_review([*listed, *answers])
        return day.write_day(reviewed) if reviewed != listed else None

    bucket.update(keys.PREDICTIONS_REVIEW, change, JSON_LINES)
    return reviewed


def _pictures(bucket: Bucket, answers: Sequence[ListedAnswer]) -> dict[str, bytes]:
    shown = [answer for answer in answers if answer.decision != "unreadable"]
    return batches.read_thumbnails(bucket, (answer.batch for answer in shown))


def _unknown_rate(bucket: Bucket, run: str) -> float | None:
    body = bucket.get(keys.run_model_file(run, NOVELTY))
    bound = NoveltyBound.model_validate_json(body) if body else None
    return bound.proven_rate if bound and bound.bound is not None else None


def _send(metric: str, value: float, bucket: Bucket, **dimensions: str) -> None:
    """Send a metric of this stack alone, which its bucket names."""
    with single_metric(
        name=metric,
        unit=MetricUnit.NoUnit,
        value=value,
        default_dimensions={"bucket": bucket.name, **dimensions},
    ):
        pass


def _dimension(name: str) -> str:
    """Return a class as CloudWatch takes it: in ASCII, and not empty."""
    return name.encode("ascii", "backslashreplace").decode()[:250].strip() or "-"
