"""The split, step by step: list, clean, refuse or partition, check readiness, copy, verify.

Every step looks at what is already in the bucket, so a split that died anywhere and is started
again ends in the same dataset. Nothing is copied before it is known that a job may start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from common import keys
from common.documents import DropWarning, SplitAnswer, SplitStatus, SplitTrigger
from common.errors import OutOfTimeError
from common.observability import logger
from common.s3 import JSON, JSON_LINES, Bucket
from common.splits import NewestSplit, write_newest_split
from split import daily, multipart, scheduler
from split.copies import CopyPlan, plan_copies, verify_copies
from split.drop.cleaning import clean, suspicious
from split.drop.file_kinds import SNIFF_BYTES
from split.drop.refusal import Refusal, refusal_of_classes, refusal_of_sides
from split.drop.test_set_warnings import warnings_of_test_set
from split.drop.warnings import warnings_of_dataset, warnings_of_drop
from split.images import CleanedDrop
from split.manifest import write_manifest
from split.partition import sides
from split.partition.assignment import assign_sides
from split.partition.dataset import KnownSides, Sides
from split.partition.test_set import contents_of
from split.readiness import postponement_of
from split.reporting import DropReporter
from split.s3 import copying, listing
from split.s3.workers import SecondsLeft
from split.settings import SplitSettings
from split.verdict import verdict_of_dataset, verdict_of_refusal
from split.waiting import must_wait


@dataclass(frozen=True)
class Invocation:
    """Why and when the split was started, its own ARN, and how many seconds it has left.

    A split describes raw/ as of its start, whatever it lists later: so two that overlap have an
    order.
    """

    settings: SplitSettings
    trigger: SplitTrigger
    started_at: datetime
    function_arn: str
    seconds_left: SecondsLeft

    @cached_property
    def bucket(self) -> Bucket:
        """The stack's bucket."""
        return Bucket(self.settings.bucket)

    @cached_property
    def reporter(self) -> DropReporter:
        """Reports on the drop as of the start."""
        return DropReporter(self.bucket, self.settings, self.started_at)


def split(invocation: Invocation) -> SplitAnswer:
    """Split the images under `raw/`.

    Raises:
        OutOfTimeError: Lambda leaves too little time to copy the rest; the status says so.
        CopyCheckError: the copies differ from their sources.
    """
    invocation = replace(invocation, trigger=daily.resolve(invocation.bucket, invocation.trigger))
    trigger = invocation.trigger
    if must_wait(invocation.bucket, invocation.settings, trigger):
        return SplitAnswer(status="not yet", trigger=trigger)
    uncopyable: dict[str, str] = {}
    # Only copying shows which objects S3 can't copy and what a multipart image contains. Then the
    # drop is listed and decided on again. Each turn leaves out or renames more, so this ends.
    while True:
        answer = split_once(invocation, uncopyable)
        if answer:
            return answer


def split_once(invocation: Invocation, uncopyable: dict[str, str]) -> SplitAnswer | None:
    """List the drop, decide, and copy; None if the copies call for another turn.

    Nothing of a turn outlives it: a listing of a million images takes a third of the memory.
    `uncopyable` are the reasons why S3 can't copy objects, by key; this turn's are added.
    """
    bucket, settings = invocation.bucket, invocation.settings
    cleaned, test = list_and_clean(bucket, uncopyable)
    if invocation.trigger.kind == "daily" and not daily.must_split(bucket, settings, cleaned):
        return SplitAnswer(status="unchanged", trigger=invocation.trigger)
    assigned = refuse_or_partition(bucket, settings, cleaned)
    if isinstance(assigned, Refusal):
        refuse(invocation, cleaned, assigned)
        return SplitAnswer(status="refused", trigger=invocation.trigger)
    plan = plan_copies(bucket.name, cleaned, assigned, test, settings.dataset_expiry_days)
    warnings = write_verdict(invocation, cleaned, plan)
    answer = check_readiness(invocation, plan, cleaned.identity())
    if answer.status != "ready":
        return answer
    # Before the copies: it records their names, should this invocation die among them.
    manifest_key = keys.manifest(plan.dataset.identity)
    bucket.put(manifest_key, write_manifest(cleaned, plan.dataset, plan.test_set), JSON_LINES)
    failures = copy_missing(invocation, plan)
    if failures:
        logger.warning("S3 can't copy some objects", reasons=Counter(failures.values()))
        uncopyable |= failures
        return None
    copies = verify_copies(bucket.name, plan) if plan.missing else plan.multipart
    if multipart.shows_duplicates(bucket, settings.sides_key, plan.images, copies):
        logger.info("splitting again: multipart images are the same as others")
        return None
    invocation.reporter.ready(plan.dataset, cleaned, warnings)
    return answer


def list_and_clean(
    bucket: Bucket, uncopyable: Mapping[str, str]
) -> tuple[CleanedDrop, CleanedDrop]:
    """List the drop and the test set, and sort each into images and objects that are left out."""
    known = multipart.known_contents(bucket)

    def listed(prefix: str, sealed: Mapping[str, str]) -> CleanedDrop:
        objects = listing.list_objects(bucket.name, prefix)
        objects = multipart.name_contents(objects, known)
        first_bytes = copying.read_first_bytes(bucket.name, suspicious(objects), SNIFF_BYTES)
        return clean(objects, first_bytes, uncopyable, sealed)

    test = listed(keys.TEST, {})
    cleaned = listed(keys.RAW, contents_of(test))
    logger.info(
        "listed",
        images=len(cleaned.images),
        left_out=len(cleaned.left_out),
        test_images=len(test.images),
    )
    return cleaned, test


def refuse_or_partition(
    bucket: Bucket, settings: SplitSettings, cleaned: CleanedDrop
) -> Sides | Refusal:
    """Refuse the drop, or put each content on a side and record it."""
    refusal = refusal_of_classes(cleaned, settings.minimum_images_per_class)
    if refusal:
        return refusal

    def assign(known: KnownSides) -> Sides | Refusal:
        assigned = assign_sides(
            cleaned.images, known, settings.validation_share, settings.split_seed
        )
        return refusal_of_sides(cleaned.images, assigned, known) or assigned

    return sides.assign_and_record(bucket, settings.sides_key, cleaned.images, assign)


def refuse(invocation: Invocation, cleaned: CleanedDrop, refusal: Refusal) -> None:
    """Write manifest and verdict of a refused drop and report it, if no later split has listed."""
    bucket, trigger = invocation.bucket, invocation.trigger
    drop = cleaned.identity()
    newest = NewestSplit(drop=drop, listed_at=invocation.started_at, asked_at=trigger.asked_at)
    if write_newest_split(bucket, newest) is None:
        return
    warnings = warnings_of_drop(cleaned)
    facts = invocation.settings.partition_facts()
    verdict = verdict_of_refusal(cleaned, refusal, facts, warnings)
    bucket.put(keys.refused_manifest(drop), write_manifest(cleaned, None), JSON_LINES)
    bucket.put(keys.refused_verdict(drop), verdict.to_json(), JSON)
    invocation.reporter.refused(drop, cleaned, refusal, warnings)


def write_verdict(
    invocation: Invocation, cleaned: CleanedDrop, plan: CopyPlan
) -> list[DropWarning]:
    """Write the verdict of a dataset, and return the warnings in it.

    The manifest isn't written yet: a drop that only waits would leave one, as long as the drop,
    for each image that arrives.
    """
    bucket, settings, dataset = invocation.bucket, invocation.settings, plan.dataset
    other_partitions = sides.other_partitions(bucket, settings.sides_key)
    warnings = [
        *warnings_of_dataset(dataset, settings.validation_share, other_partitions),
        *warnings_of_drop(cleaned),
        *warnings_of_test_set(cleaned, plan.test_set),
    ]
    tested, facts = plan.test_set.class_sizes(), settings.partition_facts()
    verdict = verdict_of_dataset(cleaned, dataset, facts, warnings, tested)
    bucket.put(keys.verdict(dataset.identity), verdict.to_json(), JSON)
    return warnings


def check_readiness(invocation: Invocation, plan: CopyPlan, drop: str) -> SplitAnswer:
    """Record the dataset of a drop as the newest, and answer whether it is trained now.

    If it isn't, the reason is reported; a limit also schedules another split.
    """
    bucket, settings, trigger = invocation.bucket, invocation.settings, invocation.trigger
    dataset, listed_at = plan.dataset, invocation.started_at
    decision = NewestSplit(
        dataset=dataset.identity, drop=drop, listed_at=listed_at, asked_at=trigger.asked_at
    )
    newest = write_newest_split(bucket, decision)
    status: SplitStatus = "ready"
    if newest is None:
        status = "outdated"
    elif postponement := postponement_of(bucket, settings, trigger.kind, dataset, newest):
        status = postponement.status
        invocation.reporter.postponed(dataset, postponement, trigger.kind)
        if postponement.obstacle and postponement.obstacle.free_at:
            again = postponement.obstacle.free_at
            scheduler.start_again(again, invocation.function_arn, settings)
    return SplitAnswer(
        status=status,
        dataset=dataset.identity,
        train_images=dataset.side_count("train"),
        validation_images=dataset.side_count("validation"),
        test_images=len(plan.test_set.images),
        channel_bytes=plan.channel_bytes if status == "ready" else 0,
        listed_at=listed_at,
        asked_at=newest.asked_at if newest else None,
        trigger=trigger,
    )


def copy_missing(invocation: Invocation, plan: CopyPlan) -> dict[str, str]:
    """Make the missing copies; return why S3 will never copy some objects, by key."""
    if not plan.missing:
        return {}
    # After a job ended, the status keeps the plot's report until there is something new.
    if invocation.trigger.kind in ("window", "ready"):
        invocation.reporter.copying(plan.dataset, len(plan.missing))
    try:
        name = invocation.bucket.name
        return copying.copy_all(name, plan.missing, invocation.seconds_left)
    except OutOfTimeError as error:
        invocation.reporter.out_of_time(plan.dataset, error.done, len(plan.missing))
        raise
