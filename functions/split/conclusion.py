"""Ends a split: records, status, notification, and the answer that the launch receives."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal

from common import keys
from common.claim import once
from common.errors import OutOfTimeError, UncopyableError
from common.notify import NOTIFY_SECONDS, Topic
from common.observability import MetricUnit, logger, metrics
from common.status import StatusBoard
from common.storage import JSON, JSON_LINES, Bucket
from split import records, steps
from split.drop_warnings import DropWarning, warnings_of_dataset, warnings_of_drop
from split.objects import Cleaned, Dataset
from split.refusal import Refusal
from split.settings import SplitSettings
from split.sides import other_partitions
from split.trigger import Trigger
from split.workers import SecondsLeft

AnswerStatus = Literal["ready", "unchanged", "refused", "not yet"]


def answer(
    status: AnswerStatus, trigger: Trigger, dataset: Dataset | None = None
) -> dict[str, Any]:
    """Make the split's answer; the launch acts on the status `ready` alone."""
    logger.info("split", status=status, dataset=dataset.identity if dataset else None)
    return {
        "status": status,
        "dataset": dataset.identity if dataset else None,
        "train_images": dataset.side_count("train") if dataset else 0,
        "validation_images": dataset.side_count("validation") if dataset else 0,
        "classes": sorted(dataset.counts()) if dataset else [],
        "trigger": trigger.to_json(),
    }


def refused(
    settings: SplitSettings, trigger: Trigger, cleaned: Cleaned, refusal: Refusal
) -> dict[str, Any]:
    """Say why the drop is not trained, in the bucket and, once, by notification."""
    bucket = Bucket(settings.bucket)
    drop = _drop_name(cleaned)
    facts = _facts(settings)
    bucket.put(keys.refused_manifest(drop), records.manifest(cleaned, None), JSON_LINES)
    warnings = warnings_of_drop(cleaned)
    verdict = records.verdict_of_refusal(cleaned, refusal, facts, warnings)
    bucket.put(keys.refused_verdict(drop), verdict, JSON)
    StatusBoard(bucket).report_drop(
        "refused",
        f"{refusal.sentence} {refusal.remedy}",
        code=refusal.code,
        left_out=records.left_out_counts(cleaned),
        verdict=keys.refused_verdict(drop),
    )
    metrics.add_metric("DropsRefused", MetricUnit.Count, 1)
    _notify_once(settings, drop, refusal)
    return answer("refused", trigger)


def unchanged(
    settings: SplitSettings, trigger: Trigger, dataset: Dataset, run: str
) -> dict[str, Any]:
    """Say that these images have been trained on already."""
    StatusBoard(Bucket(settings.bucket)).report_drop(
        "unchanged",
        f"Nothing new to train: a run of these images was started before, {keys.run(run)}. "
        "Drop raw/_READY to train them again with changed settings or after a failure.",
        dataset=dataset.identity,
        run=run,
    )
    return answer("unchanged", trigger, dataset)


def ready(
    settings: SplitSettings,
    trigger: Trigger,
    cleaned: Cleaned,
    dataset: Dataset,
    seconds_left: SecondsLeft,
) -> dict[str, Any]:
    """Complete the dataset in the bucket and hand it on.

    Raises:
        OutOfTimeError: Lambda leaves too little time to copy the rest; the status says so.
        UncopyableError: S3 will never copy some of the objects.
        CopyCheckError: the copies are not what was listed.
    """
    bucket = Bucket(settings.bucket)
    board = StatusBoard(bucket)
    # Before the copies: it says how they are named, should this invocation die among them.
    bucket.put(keys.manifest(dataset.identity), records.manifest(cleaned, dataset), JSON_LINES)
    missing = steps.missing(bucket, dataset)
    # After a job the last word stays the plot's, unless there turns out to be something new: what
    # S3 never copies is missing each time.
    if missing and trigger.kind != "job ended":
        board.report_drop("splitting", f"Copying {len(missing)} images.", dataset=dataset.identity)
    try:
        failures = steps.copy(bucket, dataset, missing, seconds_left)
    except OutOfTimeError as error:
        _report_out_of_time(board, dataset, error.done, len(missing))
        raise
    if failures:
        raise UncopyableError({failure.key: failure.reason for failure in failures})
    metrics.add_metric("ImagesCopied", MetricUnit.Count, len(missing))
    warnings = _warnings(bucket, settings, cleaned, dataset)
    verdict = records.verdict_of_dataset(cleaned, dataset, _facts(settings), warnings)
    bucket.put(keys.verdict(dataset.identity), verdict, JSON)
    # A job that ended asks whether there is more: when there is not, the last word is the plot's.
    if missing or trigger.kind != "job ended":
        _report_ready(board, cleaned, dataset, warnings)
    return answer("ready", trigger, dataset)


def report_failing(settings: SplitSettings, error: Exception) -> None:
    """Say that a try failed and what the way out is, should none of Lambda's tries succeed.

    Nobody tells a function which of its tries it is in, so each says it; the next overwrites it.
    """
    reason = (" ".join(str(error).split()) or type(error).__name__).rstrip(".") + "."
    try:
        StatusBoard(Bucket(settings.bucket)).report_drop(
            "failing",
            f"Splitting failed: {reason} It is tried three times within "
            "some minutes. Should this stand here for more than half an hour: mend the cause, then "
            f"drop {keys.READY_MARKER}. Nothing under {keys.RAW} was changed.",
        )
    except Exception:
        # What failed matters more than that it could not be told.
        logger.exception("the status could not be written")


def _report_out_of_time(board: StatusBoard, dataset: Dataset, done: int, wanted: int) -> None:
    """Say how far this try came, and that another one goes on."""
    board.report_drop(
        "splitting",
        f"Copied {done} of {wanted} images in this try; the next try goes on by itself within "
        f"minutes. Should this stand here for more than an hour, drop {keys.READY_MARKER}.",
        dataset=dataset.identity,
    )


def _warnings(
    bucket: Bucket, settings: SplitSettings, cleaned: Cleaned, dataset: Dataset
) -> list[DropWarning]:
    partition = keys.sides(settings.split_seed, settings.validation_share)
    others = other_partitions(bucket, partition)
    of_dataset = warnings_of_dataset(dataset, settings.validation_share, others)
    return [*of_dataset, *warnings_of_drop(cleaned)]


def _report_ready(
    board: StatusBoard, cleaned: Cleaned, dataset: Dataset, warnings: Sequence[DropWarning]
) -> None:
    board.report_drop(
        "ready",
        f"{dataset.side_count('train')} images to train on, "
        f"{dataset.side_count('validation')} to validate, of {len(dataset.counts())} classes.",
        dataset=dataset.identity,
        left_out=records.left_out_counts(cleaned),
        # What each means is in the verdict; None, so that the page shows no empty line.
        warnings=[warning.code for warning in warnings] or None,
        verdict=keys.verdict(dataset.identity),
    )


def _facts(settings: SplitSettings) -> dict[str, Any]:
    facts = settings.model_dump(
        include={"validation_share", "minimum_images_per_class", "split_seed"}
    )
    return facts | {"sides": keys.sides(settings.split_seed, settings.validation_share)}


def _drop_name(cleaned: Cleaned) -> str:
    sources = [image.source for image in cleaned.images]
    sources += [left_out.source for left_out in cleaned.left_out]
    lines = sorted(f"{source.key}\n{source.content}\n" for source in sources)
    return sha256("".join(lines).encode()).hexdigest()


def _notify_once(settings: SplitSettings, drop: str, refusal: Refusal) -> None:
    topic = Topic(settings.topic_arn)
    details = f"Details: {keys.s3_uri(settings.bucket, keys.refused_verdict(drop))}"
    message = (refusal.sentence, "", refusal.remedy, "", details)
    once(
        Bucket(settings.bucket),
        keys.refused_lock(drop),
        NOTIFY_SECONDS,
        lambda: topic.publish("droptrain: the drop cannot be trained", *message),
    )
