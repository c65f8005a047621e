"""The split, step by step: wait, list, decide, write down, ask for room, copy, answer.

Every step looks at what is already in the bucket, so a split that died anywhere and is started
again ends in the same dataset. Nothing is copied before it is known that a job may start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from common import clock, keys
from common.errors import OutOfTimeError, SameContentError, UncopyableError
from common.observability import logger
from common.s3 import JSON, JSON_LINES, Bucket
from common.splits import NewestSplit, write_newest_split
from split import bulk, copies, parts, pending, records, sides
from split.answer import Answer
from split.cleaning import SNIFF_BYTES, clean, suspicious
from split.drop_warnings import warnings_of_dataset, warnings_of_drop
from split.objects import Cleaned, Dataset, DropWarning, Known, Side
from split.partition import partition
from split.readiness import Invocation, reason_to_wait
from split.refusal import Refusal, refusal_of_classes, refusal_of_sides
from split.reporting import Reporter
from split.settings import SplitSettings
from split.trigger import Trigger


def split(settings: SplitSettings, invocation: Invocation) -> Answer:
    """Split what lies under `raw/`.

    Raises:
        OutOfTimeError: Lambda leaves too little time to copy the rest; the status says so.
        CopyCheckError: the copies are not what was listed.
    """
    bucket = Bucket(settings.bucket)
    if must_wait(bucket, settings, invocation.trigger):
        return Answer("not yet", invocation.trigger)
    uncopyable: dict[str, str] = {}
    while True:
        try:
            return _split(bucket, settings, invocation, uncopyable)
        except UncopyableError as error:
            # Only copying tells what S3 does not copy. Each turn leaves out more, so this ends.
            reasons = Counter(error.reasons.values())
            logger.warning("left out what S3 does not copy", reasons=reasons)
            uncopyable |= error.reasons
        except SameContentError:
            # Each turn gives at least one content the name of another, so this ends too.
            logger.info("splitting again: images uploaded in parts are the same as others")


def _split(
    bucket: Bucket, settings: SplitSettings, invocation: Invocation, uncopyable: Mapping[str, str]
) -> Answer:
    trigger, listed_at = invocation.trigger, invocation.started_at
    reporter = Reporter(bucket, settings, listed_at)
    decision = partial(NewestSplit, listed_at=listed_at, asked_at=trigger.asked_at)
    cleaned = look(bucket.name, uncopyable)
    assigned = assign_sides(bucket, cleaned, settings)
    if isinstance(assigned, Refusal):
        if write_newest_split(bucket, decision(dataset=None)):
            reporter.refused(cleaned, assigned)
        return Answer("refused", trigger)
    plan = copies.plan(bucket.name, cleaned.images, assigned, settings.dataset_expiry_days)
    dataset = plan.dataset
    warnings = write_verdict(bucket, settings, cleaned, dataset)
    newest = write_newest_split(bucket, decision(dataset=dataset.identity))
    answer = partial(
        Answer,
        trigger=trigger,
        dataset=dataset,
        listed_at=listed_at,
        asked_at=newest.asked_at if newest else None,
    )
    if newest is None:
        return answer("outdated")
    reason = reason_to_wait(bucket, settings, invocation, dataset, newest, reporter)
    if reason:
        return answer(reason)
    # Before the copies: it says how they are named, should this invocation die among them.
    bucket.put(keys.manifest(dataset.identity), records.manifest(cleaned, dataset), JSON_LINES)
    make_copies(bucket, settings, invocation, plan, reporter)
    reporter.ready(dataset, cleaned, warnings)
    return answer("ready", channel_bytes=plan.bytes)


def must_wait(bucket: Bucket, settings: SplitSettings, trigger: Trigger) -> bool:
    """Tell whether more is arriving, and nobody has waited for longer than the maximum wait."""
    stored = pending.waiting_since(bucket)
    since = stored or trigger.triggered_at
    later = pending.later_window(settings.schedule_group, trigger, clock.now())
    limit = since + timedelta(seconds=settings.maximum_wait_seconds)
    waits = trigger.kind != "ready" and later is not None and clock.now() < limit
    if waits and stored is None and trigger.kind == "window":
        pending.remember_waiting(bucket, since)
    if not waits and stored is not None:
        pending.remember_waiting(bucket, None)
    if waits:
        logger.info("more is arriving", later_window=later, waiting_since=since)
    return waits


def look(bucket: str, uncopyable: Mapping[str, str]) -> Cleaned:
    """List the drop and sort it into images and what is left out.

    `uncopyable` holds what S3 did not copy a moment ago, and why, by key.
    """
    objects = parts.named(bulk.list_objects(bucket, keys.RAW), parts.names(Bucket(bucket)))
    first_bytes = bulk.read_first_bytes(bucket, suspicious(objects), SNIFF_BYTES)
    cleaned = clean(objects, first_bytes, uncopyable)
    logger.info(
        "listed", objects=len(objects), images=len(cleaned.images), left_out=len(cleaned.left_out)
    )
    return cleaned


def assign_sides(
    bucket: Bucket, cleaned: Cleaned, settings: SplitSettings
) -> Mapping[str, Side] | Refusal:
    """Give each content its side and remember it, or refuse the drop."""
    refusal = refusal_of_classes(cleaned, settings.minimum_images_per_class)
    if refusal:
        return refusal

    def assign(known: Known) -> Mapping[str, Side] | Refusal:
        found = partition(cleaned.images, known, settings.validation_share, settings.split_seed)
        return refusal_of_sides(cleaned.images, found, known) or found

    key = keys.sides(settings.split_seed, settings.validation_share)
    return sides.settle(bucket, key, cleaned.images, assign)


def write_verdict(
    bucket: Bucket, settings: SplitSettings, cleaned: Cleaned, dataset: Dataset
) -> list[DropWarning]:
    """Write what was decided in words; return the warnings in it.

    The list of a dataset that waits is not written: it would be as long for each image that comes.
    """
    here = keys.sides(settings.split_seed, settings.validation_share)
    others = sides.other_partitions(bucket, here)
    warnings = [
        *warnings_of_dataset(dataset, settings.validation_share, others),
        *warnings_of_drop(cleaned),
    ]
    verdict = records.verdict_of_dataset(cleaned, dataset, settings.facts(), warnings)
    bucket.put(keys.verdict(dataset.identity), verdict, JSON)
    return warnings


def make_copies(
    bucket: Bucket,
    settings: SplitSettings,
    invocation: Invocation,
    plan: copies.Plan,
    reporter: Reporter,
) -> None:
    """Copy what has no copy yet, or one that will soon expire.

    Raises:
        OutOfTimeError, UncopyableError, CopyCheckError: as `copies.make`.
        SameContentError: images that were uploaded in parts are the same as others.
    """
    # After a job the last word stays the plot's until there turns out to be something new.
    if plan.wanted and invocation.trigger.kind in ("window", "ready"):
        reporter.copying(plan.dataset, len(plan.wanted))
    try:
        made = copies.make(bucket.name, plan, invocation.seconds_left)
    except OutOfTimeError as error:
        reporter.out_of_time(plan.dataset, error.done, len(plan.wanted))
        raise
    compare_parts(bucket, settings, made)


def compare_parts(bucket: Bucket, settings: SplitSettings, made: copies.Plan) -> None:
    """Remember what the copies tell of images that were uploaded in parts.

    Raises:
        SameContentError: one of them is another image of this drop, or of an earlier one.
    """
    if not made.of_parts:
        return
    listed = {copy.key: copy for copy in made.of_parts}
    found = parts.wholes(made.dataset, listed, parts.names(bucket))
    if not found:
        return
    wanted = {*found.values()}
    known = {item.image.source.content for item in made.dataset.images} & wanted
    key = keys.sides(settings.split_seed, settings.validation_share)
    known |= sides.contents(bucket, key, wanted)
    if parts.remember(bucket, found, known):
        raise SameContentError("images uploaded in parts are the same as others")
