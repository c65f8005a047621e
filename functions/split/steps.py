"""The split, step by step: look, decide, remember, copy, check, say.

Every step looks at what is already in the bucket, so a split that died anywhere and is started
again ends in the same dataset.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from common import clock, keys
from common.errors import CopyCheckError, SameContentError, UncopyableError
from common.observability import logger
from common.storage import Bucket
from split import bulk, parts, pending, records, sides
from split.cleaning import SNIFF_BYTES, clean, suspicious
from split.naming import dataset_of
from split.objects import SIDES, Cleaned, Dataset, Known, RawObject, Side
from split.partition import partition
from split.refusal import Refusal, refusal_of_classes, refusal_of_sides
from split.settings import SplitSettings
from split.trigger import Trigger
from split.workers import SecondsLeft, unlimited


def must_wait(settings: SplitSettings, trigger: Trigger) -> bool:
    """Tell whether more is arriving, and nobody has waited for longer than the maximum wait."""
    bucket = Bucket(settings.bucket)
    stored = pending.waiting_since(bucket)
    since = stored or trigger.triggered_at
    later = pending.later_window(settings.schedule_group, trigger)
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


def decide(bucket: Bucket, cleaned: Cleaned, settings: SplitSettings) -> Dataset | Refusal:
    """Give each image its side and remember it, or refuse the drop."""
    refusal = refusal_of_classes(cleaned, settings.minimum_images_per_class)
    if refusal:
        return refusal

    def assign(known: Known) -> Mapping[str, Side] | Refusal:
        found = partition(cleaned.images, known, settings.validation_share, settings.split_seed)
        return refusal_of_sides(cleaned.images, found, known) or found

    key = keys.sides(settings.split_seed, settings.validation_share)
    settled = sides.settle(bucket, key, cleaned.images, assign)
    if isinstance(settled, Refusal):
        return settled
    return _with_known_copies(bucket, dataset_of(cleaned.images, settled))


def copies(bucket: Bucket, dataset: Dataset) -> dict[str, RawObject]:
    """List what is there of a dataset, by key."""
    return {
        item.key: item
        for side in SIDES
        for item in bulk.list_objects(bucket.name, keys.side(dataset.identity, side))
    }


def missing(dataset: Dataset, listed: Mapping[str, RawObject]) -> list[tuple[str, str]]:
    """Return the source and the key of every copy that is not there, or not what was listed."""
    return [
        (item.image.source.key, item.copy_key)
        for item in dataset.images
        if not item.image.source.is_copied_by(listed.get(item.copy_key))
    ]


def copy(
    bucket: Bucket,
    dataset: Dataset,
    pairs: Sequence[tuple[str, str]],
    seconds_left: SecondsLeft = unlimited,
) -> dict[str, RawObject]:
    """Copy from each source to each key, check the dataset by listing it, and return the listing.

    Raises:
        OutOfTimeError: too few seconds were left for all; a retry goes on where it stopped.
        UncopyableError: S3 will never copy some of the objects; nothing was checked then.
        CopyCheckError: the listing does not show every copy with its source's size and content.
    """
    failures = bulk.copy_all(bucket.name, pairs, seconds_left)
    if failures:
        raise UncopyableError({failure.key: failure.reason for failure in failures})
    listed = copies(bucket, dataset)
    broken = missing(dataset, listed)
    if broken:
        raise CopyCheckError(
            f"{len(broken)} of {len(pairs)} copies are not what was listed, the first is "
            f"{broken[0][1]}; its source changed while it was copied, or S3 encrypts with a KMS "
            "key, which droptrain does not support."
        )
    return listed


def compare_parts(
    bucket: Bucket, key: str, dataset: Dataset, listed: Mapping[str, RawObject]
) -> None:
    """Remember what the copies tell of images that were uploaded in parts.

    `key` is that of the sides.

    Raises:
        SameContentError: one of them is another image of this drop, or of an earlier one.
    """
    if not any(item.image.source.in_parts for item in dataset.images):
        return
    found = parts.wholes(dataset, listed, parts.names(bucket))
    if not found:
        return
    wanted = {*found.values()}
    known = {item.image.source.content for item in dataset.images} & wanted
    known |= sides.contents(bucket, key, wanted)
    if parts.remember(bucket, found, known):
        raise SameContentError("images uploaded in parts are the same as others")


def launched_run(bucket: Bucket, dataset: Dataset) -> str | None:
    """Return the run that was started for this very dataset, if there was one."""
    body = bucket.get(keys.launched(dataset.identity))
    return str(json.loads(body)["run"]) if body else None


def _with_known_copies(bucket: Bucket, dataset: Dataset) -> Dataset:
    # The same images under other names are the same dataset: their copies keep the names they
    # got first, or each image would be there twice.
    body = bucket.get(keys.manifest(dataset.identity))
    if body is None:
        return dataset
    known = records.copies_in(body)
    images = [
        replace(item, copy_key=known.get(item.image.source.content, item.copy_key))
        for item in dataset.images
    ]
    return replace(dataset, images=images)
