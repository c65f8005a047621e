"""The split, step by step: list, clean, refuse or partition, check readiness, copy, verify.

Every step looks at what is already in the bucket, so a split that died anywhere and is started
again ends in the same dataset. Nothing is copied before it is known that a job may start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from common import keys
from common.documents import DropWarning, SplitAnswer, SplitStatus, SplitTrigger
from common.errors import OutOfTimeError
from common.observability import logger
from common.s3 import JSON, JSON_LINES, Bucket
from common.splits import NewestSplit, write_newest_split
from split import multipart, scheduler
from split.copies import CopyPlan, make_copies, plan_copies, verify_copies
from split.drop.cleaning import clean, suspicious
from split.drop.file_kinds import SNIFF_BYTES
from split.drop.refusal import Refusal, refusal_of_classes, refusal_of_sides
from split.drop.warnings import warnings_of_dataset, warnings_of_drop
from split.images import CleanedDrop, RawObject
from split.manifest import write_manifest
from split.partition import sides
from split.partition.assignment import assign_sides
from split.partition.dataset import Dataset, KnownSides, Side
from split.readiness import postponement_of
from split.reporting import DropReporter
from split.s3 import copying, listing
from split.s3.workers import SecondsLeft, unlimited
from split.settings import SplitSettings
from split.verdict import verdict_of_dataset, verdict_of_refusal, write_verdict
from split.waiting import must_wait


@dataclass(frozen=True)
class Invocation:
    """Why and when the split was started, its own ARN, and how many seconds it has left.

    A split describes raw/ as of its start, whatever it lists later: so two that overlap have an
    order.
    """

    trigger: SplitTrigger
    started_at: datetime
    function_arn: str
    seconds_left: SecondsLeft = unlimited


@dataclass(frozen=True)
class Decision:
    """What the split answers; with the status `ready`, what is to be copied and warned of."""

    result: SplitAnswer
    plan: CopyPlan | None = None
    warnings: Sequence[DropWarning] = ()


def split(settings: SplitSettings, invocation: Invocation) -> SplitAnswer:
    """Split the images under `raw/`.

    Raises:
        OutOfTimeError: Lambda leaves too little time to copy the rest; the status says so.
        CopyCheckError: the copies differ from their sources.
    """
    bucket = Bucket(settings.bucket)
    if must_wait(bucket, settings, invocation.trigger):
        return SplitAnswer(status="not yet", trigger=invocation.trigger)
    reporter = DropReporter(bucket, settings, invocation.started_at)
    uncopyable: dict[str, str] = {}
    # Only copying shows what S3 doesn't copy and what a multipart image contains. Then the drop is
    # listed and decided on again. Each turn leaves out or renames more, so this ends.
    while True:
        cleaned = list_and_clean(bucket, uncopyable)
        decision = decide(bucket, settings, invocation, cleaned, reporter)
        if decision.plan is None:
            return decision.result
        plan = decision.plan
        # Before the copies: it records their names, should this invocation die among them.
        manifest = write_manifest(cleaned, plan.dataset)
        bucket.put(keys.manifest(plan.dataset.identity), manifest, JSON_LINES)
        failures = copy(bucket, invocation, plan, reporter)
        if failures:
            logger.warning("S3 does not copy objects", reasons=Counter(failures.values()))
            uncopyable |= failures
            continue
        multipart_copies = verify_copies(bucket.name, plan) if plan.missing else plan.multipart
        if shows_duplicates(bucket, settings, plan.dataset, multipart_copies):
            logger.info("splitting again: multipart images are the same as others")
            continue
        reporter.ready(plan.dataset, cleaned, decision.warnings)
        return decision.result


def list_and_clean(bucket: Bucket, uncopyable: Mapping[str, str]) -> CleanedDrop:
    """List the drop and sort it into images and objects that are left out.

    `uncopyable` are the reasons why S3 did not copy objects a moment ago, by key.
    """
    objects = listing.list_objects(bucket.name, keys.RAW)
    objects = multipart.name_contents(objects, multipart.known_contents(bucket))
    first_bytes = copying.read_first_bytes(bucket.name, suspicious(objects), SNIFF_BYTES)
    cleaned = clean(objects, first_bytes, uncopyable)
    logger.info(
        "listed", objects=len(objects), images=len(cleaned.images), left_out=len(cleaned.left_out)
    )
    return cleaned


def decide(
    bucket: Bucket,
    settings: SplitSettings,
    invocation: Invocation,
    cleaned: CleanedDrop,
    reporter: DropReporter,
) -> Decision:
    """Refuse the drop, or make its dataset and check whether it is trained now."""
    trigger, listed_at = invocation.trigger, invocation.started_at
    newest = NewestSplit(listed_at=listed_at, asked_at=trigger.asked_at)
    sides_or_refusal = refuse_or_partition(bucket, cleaned, settings)
    if isinstance(sides_or_refusal, Refusal):
        if write_newest_split(bucket, newest):
            refuse(bucket, settings, cleaned, sides_or_refusal, reporter)
        return Decision(SplitAnswer(status="refused", trigger=trigger))
    plan = plan_copies(bucket.name, cleaned.images, sides_or_refusal, settings.dataset_expiry_days)
    dataset = plan.dataset
    warnings = warn(bucket, settings, cleaned, dataset)
    recorded = write_newest_split(bucket, newest.model_copy(update={"dataset": dataset.identity}))
    status: SplitStatus = "ready"
    if recorded is None:
        status = "outdated"
    elif postponement := postponement_of(bucket, settings, trigger.kind, dataset, recorded):
        status = postponement.status
        reporter.postponed(dataset, postponement, trigger.kind)
        if postponement.free_at:
            scheduler.start_again(postponement.free_at, invocation.function_arn, settings)
    result = SplitAnswer(
        status=status,
        dataset=dataset.identity,
        train_images=dataset.side_count("train"),
        validation_images=dataset.side_count("validation"),
        channel_bytes=plan.channel_bytes if status == "ready" else 0,
        listed_at=listed_at,
        asked_at=recorded.asked_at if recorded else None,
        trigger=trigger,
    )
    return Decision(result, plan if status == "ready" else None, warnings)


def refuse_or_partition(
    bucket: Bucket, cleaned: CleanedDrop, settings: SplitSettings
) -> Mapping[str, Side] | Refusal:
    """Refuse the drop, or put each content on a side and record it."""
    refusal = refusal_of_classes(cleaned, settings.minimum_images_per_class)
    if refusal:
        return refusal

    def assign(known: KnownSides) -> Mapping[str, Side] | Refusal:
        assigned = assign_sides(
            cleaned.images, known, settings.validation_share, settings.split_seed
        )
        return refusal_of_sides(cleaned.images, assigned, known) or assigned

    return sides.assign_and_record(bucket, settings.sides_key, cleaned.images, assign)


def refuse(
    bucket: Bucket,
    settings: SplitSettings,
    cleaned: CleanedDrop,
    refusal: Refusal,
    reporter: DropReporter,
) -> None:
    """Write manifest and verdict of a refused drop, and report it."""
    sources = [image.source for image in cleaned.images]
    sources += [left_out.source for left_out in cleaned.left_out]
    lines = sorted(f"{source.key}\n{source.content}\n" for source in sources)
    drop = sha256("".join(lines).encode()).hexdigest()
    warnings = warnings_of_drop(cleaned)
    verdict = verdict_of_refusal(cleaned, refusal, settings.partition_facts(), warnings)
    bucket.put(keys.refused_manifest(drop), write_manifest(cleaned, None), JSON_LINES)
    bucket.put(keys.refused_verdict(drop), write_verdict(verdict), JSON)
    reporter.refused(drop, cleaned, refusal, warnings)


def warn(
    bucket: Bucket, settings: SplitSettings, cleaned: CleanedDrop, dataset: Dataset
) -> list[DropWarning]:
    """Write the verdict of a dataset, and return the warnings in it.

    The manifest is not written yet: a drop that only waits would leave one, as long as the drop,
    for each image that comes.
    """
    other_partitions = sides.other_partitions(bucket, settings.sides_key)
    warnings = [
        *warnings_of_dataset(dataset, settings.validation_share, other_partitions),
        *warnings_of_drop(cleaned),
    ]
    verdict = verdict_of_dataset(cleaned, dataset, settings.partition_facts(), warnings)
    bucket.put(keys.verdict(dataset.identity), write_verdict(verdict), JSON)
    return warnings


def copy(
    bucket: Bucket, invocation: Invocation, plan: CopyPlan, reporter: DropReporter
) -> dict[str, str]:
    """Make the missing copies; return why S3 will never copy some objects, by key.

    Raises:
        OutOfTimeError: too few seconds were left for all.
    """
    if not plan.missing:
        return {}
    # After a job ended, the status keeps the plot's report until there is something new.
    if invocation.trigger.kind in ("window", "ready"):
        reporter.copying(plan.dataset, len(plan.missing))
    try:
        return make_copies(bucket.name, plan, invocation.seconds_left)
    except OutOfTimeError as error:
        reporter.out_of_time(plan.dataset, error.done, len(plan.missing))
        raise


def shows_duplicates(
    bucket: Bucket, settings: SplitSettings, dataset: Dataset, copies: Sequence[RawObject]
) -> bool:
    """Record what the copies of multipart images contain.

    Returns:
        Whether one of them is the same as another image of this drop or of an earlier one.
    """
    if not copies:
        return False
    contents = multipart.contents_of_copies(dataset, copies, multipart.known_contents(bucket))
    if not contents:
        return False
    wholes = {*contents.values()}
    existing = {item.image.source.content for item in dataset.images} & wholes
    existing |= sides.recorded_contents(bucket, settings.sides_key, wholes)
    return multipart.record_contents(bucket, contents, existing)
