"""The split, step by step: wait, list, decide, write down, ask for room, copy, answer.

Every step looks at what is already in the bucket, so a split that died anywhere and is started
again ends in the same dataset. Nothing is copied before it is known that a job may start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from common import clock, keys, training_jobs
from common.capacity import Obstacle, obstacle_of
from common.errors import OutOfTimeError, UncopyableError
from common.launched import read_launched, read_newest_launched
from common.newest import Newest, remember_newest
from common.observability import logger
from common.schedules import Schedule, create_schedule
from common.storage import JSON, JSON_LINES, Bucket
from common.windows import again_name
from split import bulk, copies, pending, records, sides
from split.answer import Answer, AnswerStatus
from split.cleaning import SNIFF_BYTES, clean, suspicious
from split.drop_warnings import warnings_of_dataset, warnings_of_drop
from split.naming import dataset_of
from split.objects import Cleaned, Dataset, Known, RawObject, Side
from split.partition import partition
from split.refusal import Refusal, refusal_of_classes, refusal_of_sides
from split.reporting import Reporter
from split.settings import SplitSettings
from split.trigger import Trigger
from split.workers import SecondsLeft, unlimited


@dataclass(frozen=True)
class Invocation:
    """Why and when the split was started, its own ARN, and how many seconds it may still take.

    It speaks of raw/ as of its start, whatever it finds later: so two that overlap have an order.
    """

    trigger: Trigger
    started_at: datetime
    function_arn: str
    seconds_left: SecondsLeft = unlimited


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


def _split(
    bucket: Bucket, settings: SplitSettings, invocation: Invocation, uncopyable: Mapping[str, str]
) -> Answer:
    trigger, listed_at = invocation.trigger, invocation.started_at
    reporter = Reporter(bucket, settings, listed_at)
    decision = partial(Newest, listed_at=listed_at, asked_at=trigger.asked_at)
    cleaned = look(bucket.name, uncopyable)
    assigned = assign_sides(bucket, cleaned, settings)
    if isinstance(assigned, Refusal):
        if remember_newest(bucket, decision(dataset=None)):
            reporter.refused(cleaned, assigned)
        return Answer("refused", trigger)
    made = copies.list_copies(bucket.name)
    dataset = dataset_of(cleaned.images, assigned, [copy.key for copy in made])
    warnings = write_down(bucket, settings, cleaned, dataset)
    newest = remember_newest(bucket, decision(dataset=dataset.identity))
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
    make_copies(bucket, settings, invocation, dataset, made, reporter)
    reporter.ready(dataset, cleaned, warnings)
    return answer("ready")


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
    objects = bulk.list_objects(bucket, keys.RAW)
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


def write_down(
    bucket: Bucket, settings: SplitSettings, cleaned: Cleaned, dataset: Dataset
) -> list[str]:
    """Write the manifest, which is the dataset's list of copies, and the verdict in words.

    Returns:
        The codes of the warnings in the verdict.
    """
    bucket.put(keys.manifest(dataset.identity), records.manifest(cleaned, dataset), JSON_LINES)
    here = keys.sides(settings.split_seed, settings.validation_share)
    others = sides.other_partitions(bucket, here)
    warnings = [
        *warnings_of_dataset(dataset, settings.validation_share, others),
        *warnings_of_drop(cleaned),
    ]
    verdict = records.verdict_of_dataset(cleaned, dataset, settings.facts(), warnings)
    bucket.put(keys.verdict(dataset.identity), verdict, JSON)
    return [warning.code for warning in warnings]


def reason_to_wait(
    bucket: Bucket,
    settings: SplitSettings,
    invocation: Invocation,
    dataset: Dataset,
    newest: Newest,
    reporter: Reporter,
) -> AnswerStatus | None:
    """Return, and report, why the dataset is not trained now; None if it is."""
    kind = invocation.trigger.kind
    launched = read_launched(bucket, dataset.identity)
    if launched and kind != "ready" and launched.answers(newest.asked_at):
        # After a job the last word stays the plot's.
        if kind == "window":
            reporter.unchanged(dataset, launched.run)
        return "unchanged"
    changed = changed_images(bucket, dataset, settings, newest)
    if changed is not None and changed < settings.minimum_changed_images:
        reporter.collecting(dataset, changed)
        return "collecting"
    obstacle = find_obstacle(settings)
    if obstacle is None:
        return None
    reporter.held_back(dataset, obstacle)
    if obstacle.free_at is None:
        return "queued"  # when the job ends, the split is started again
    ask_again_at(obstacle.free_at, settings, invocation)
    return "capped"


def changed_images(
    bucket: Bucket, dataset: Dataset, settings: SplitSettings, newest: Newest
) -> int | None:
    """Count the images that were added, removed or moved since the newest run.

    Returns:
        None when it does not matter: there was no run, or the user has asked for one since.
    """
    launched = read_newest_launched(bucket) if settings.minimum_changed_images > 1 else None
    if launched is None or not launched.answers(newest.asked_at):
        return None
    body = bucket.get(keys.manifest(launched.dataset))
    if body is None:
        return None
    before = records.labelled_contents(body)
    now = {(item.image.class_name, item.image.source.content) for item in dataset.images}
    # A moved image is one change, although it leaves one class and comes to another.
    return len({content for _, content in before ^ now})


def find_obstacle(settings: SplitSettings) -> Obstacle | None:
    """Ask SageMaker what keeps a job from starting now: a running one, or the daily limit."""
    jobs = training_jobs.recent_jobs(settings.stack_hash)
    return obstacle_of(jobs, clock.now(), settings.maximum_runs_per_day)


def ask_again_at(moment: datetime, settings: SplitSettings, invocation: Invocation) -> None:
    """Have the split started again once the daily limit has passed."""
    fires_at = moment.replace(microsecond=0) + timedelta(seconds=1)
    name = again_name(int(fires_at.timestamp()))
    payload = Trigger("again", fires_at, name).payload(name)
    create_schedule(Schedule(name, fires_at, payload), invocation.function_arn, settings)


def make_copies(
    bucket: Bucket,
    settings: SplitSettings,
    invocation: Invocation,
    dataset: Dataset,
    made: Sequence[RawObject],
    reporter: Reporter,
) -> None:
    """Copy what has no copy yet, or one that will soon expire.

    Raises:
        OutOfTimeError, UncopyableError, CopyCheckError: as `copies.make`.
    """
    wanted = copies.missing(dataset, copies.fresh(made, settings.dataset_expiry_days))
    # After a job the last word stays the plot's until there turns out to be something new.
    if wanted and invocation.trigger.kind in ("window", "ready"):
        reporter.copying(dataset, len(wanted))
    try:
        copies.make(bucket.name, dataset, wanted, invocation.seconds_left)
    except OutOfTimeError as error:
        reporter.out_of_time(dataset, error.done, len(wanted))
        raise
