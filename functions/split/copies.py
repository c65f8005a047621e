"""The copies that the training job reads: which there are, which are missing, and making them.

datasets/train/<class>/…        each image once, whatever datasets it is in
datasets/validation/<class>/…   S3 deletes a copy when it is DatasetExpiryDays old
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from common import clock, keys
from common.errors import CopyCheckError, UncopyableError
from common.observability import MetricUnit, metrics
from split import bulk
from split.naming import dataset_of
from split.objects import SIDES, Dataset, Image, RawObject, Side
from split.workers import SecondsLeft, unlimited


@dataclass(frozen=True)
class Plan:
    """A dataset and the (source, copy) keys that are still to be copied.

    `of_parts` are the copies there are of images that were uploaded in parts. `bytes` are those of
    all copies, also of other datasets, once the wanted ones are made: a job fetches them all.
    """

    dataset: Dataset
    wanted: Sequence[tuple[str, str]]
    of_parts: Sequence[RawObject]
    bytes: int


def plan(bucket: str, images: Iterable[Image], sides: Mapping[str, Side], expiry_days: int) -> Plan:
    """Make the dataset of images with these sides, and find what it lacks.

    The listing of a million copies takes a third of the function's memory, so none outlives this.
    """
    copies = list_copies(bucket)
    dataset = dataset_of(images, sides, [copy.key for copy in copies])
    wanted = missing(dataset, fresh(copies, expiry_days))
    sizes = {item.copy_key: item.image.source.size for item in dataset.images}
    made = sum(copy.size for copy in copies)
    new = sum(sizes[copy_key] for _, copy_key in wanted)
    return Plan(dataset, wanted, of_parts(dataset, copies), made + new)


def list_copies(bucket: str) -> list[RawObject]:
    """List the copies of all datasets."""
    return [copy for side in SIDES for copy in bulk.list_objects(bucket, keys.side(side))]


def fresh(copies: Iterable[RawObject], expiry_days: int) -> list[RawObject]:
    """Return the copies that have at least half of their days before them.

    The others are made again. A job lasts ten days at most, spot capacity that it waits for
    included, and a copy is kept for twenty or more: none expires while a job may still read it.
    """
    oldest = (clock.now() - timedelta(days=expiry_days) / 2).timestamp()
    return [copy for copy in copies if copy.modified_at > oldest]


def missing(dataset: Dataset, copies: Iterable[RawObject]) -> list[tuple[str, str]]:
    """Return the source and the key of every copy that is not there, or not what was listed."""
    listed = {copy.key: copy for copy in copies}
    return [
        (item.image.source.key, item.copy_key)
        for item in dataset.images
        if not item.image.source.is_copied_by(listed.get(item.copy_key))
    ]


def of_parts(dataset: Dataset, copies: Iterable[RawObject]) -> list[RawObject]:
    """Return the copies of images that were uploaded in parts."""
    keys_of_parts = {item.copy_key for item in dataset.images if item.image.source.in_parts}
    return [copy for copy in copies if copy.key in keys_of_parts]


def make(bucket: str, plan: Plan, seconds_left: SecondsLeft = unlimited) -> Plan:
    """Copy what the plan wants, and check its whole dataset by listing.

    Returns:
        The plan as it is then: with nothing wanted.

    Raises:
        OutOfTimeError: too few seconds were left for all; a retry goes on where it stopped.
        UncopyableError: S3 will never copy some of the objects.
        CopyCheckError: the listing does not show every copy with its source's size and content.
    """
    if not plan.wanted:
        return plan
    failures = bulk.copy_all(bucket, plan.wanted, seconds_left)
    if failures:
        raise UncopyableError({failure.key: failure.reason for failure in failures})
    listed = list_copies(bucket)
    broken = missing(plan.dataset, listed)
    if broken:
        raise CopyCheckError(
            f"{len(broken)} of {len(plan.wanted)} copies are not what was listed, the first is "
            f"{broken[0][1]}; its source changed while it was copied, or S3 encrypts with a KMS "
            "key, which droptrain does not support."
        )
    metrics.add_metric("ImagesCopied", MetricUnit.Count, len(plan.wanted))
    return replace(plan, wanted=(), of_parts=of_parts(plan.dataset, listed))
