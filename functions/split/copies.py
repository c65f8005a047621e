"""The copies that the training job reads: which exist, which are missing, whether all are right.

datasets/train/<class>/…        each image once, whatever datasets it is in
datasets/validation/<class>/…   S3 deletes a copy when it is DatasetExpiryDays old
datasets/test/<class>/…         the same for the images of the sealed test set
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from common import clock, keys
from common.errors import CopyCheckError
from common.observability import MetricUnit, metrics
from split.images import CleanedDrop, RawObject
from split.partition.dataset import COPIED_TO, AssignedImage, Dataset, Sides, dataset_of
from split.partition.test_set import SealedTestSet, seal
from split.s3 import listing


@dataclass(frozen=True)
class CopyPlan:
    """A dataset and the test set of its run, and the (source, copy) keys that are missing.

    `multipart` are the existing copies of multipart images. `channel_bytes` is the size of all
    copies, also of other datasets, once the missing ones are made: a job fetches them all.
    """

    dataset: Dataset
    test_set: SealedTestSet
    missing: Sequence[tuple[str, str]]
    multipart: Sequence[RawObject]
    channel_bytes: int

    @property
    def images(self) -> list[AssignedImage]:
        """All images that have a copy."""
        return [*self.dataset.images, *self.test_set.images]


def plan_copies(
    bucket: str, cleaned: CleanedDrop, sides: Sides, test: CleanedDrop, expiry_days: int
) -> CopyPlan:
    """Make the dataset and its test set, and find the copies that are missing.

    The listing of a million copies takes a third of the function's memory, so none outlives this.
    """
    copies = list_copies(bucket)
    copy_keys = [copy.key for copy in copies]
    dataset = dataset_of(cleaned.images, sides, copy_keys)
    test_set = seal(test, dataset.counts(), copy_keys)
    assigned = [*dataset.images, *test_set.images]
    missing = missing_copies(assigned, fresh_copies(copies, expiry_days))
    sizes = {item.copy_key: item.image.source.size for item in assigned}
    size = sum(copy.size for copy in copies) + sum(sizes[copy_key] for _, copy_key in missing)
    return CopyPlan(dataset, test_set, missing, multipart_copies(assigned, copies), size)


def list_copies(bucket: str) -> list[RawObject]:
    """List the copies of all datasets."""
    return [copy for side in COPIED_TO for copy in listing.list_objects(bucket, keys.side(side))]


def fresh_copies(copies: Iterable[RawObject], expiry_days: int) -> list[RawObject]:
    """Return the copies that have at least half of their days left.

    The others are made again. A job lasts at most ten days, including the wait for spot capacity,
    and a copy is kept for twenty or more: none expires while a job may still read it.
    """
    oldest = (clock.now() - timedelta(days=expiry_days) / 2).timestamp()
    return [copy for copy in copies if copy.modified_at > oldest]


def missing_copies(
    images: Iterable[AssignedImage], copies: Iterable[RawObject]
) -> list[tuple[str, str]]:
    """Return source and key of every copy that doesn't exist or differs from its source."""
    existing = {copy.key: copy for copy in copies}
    return [
        (item.image.source.key, item.copy_key)
        for item in images
        if not item.image.source.is_copied_by(existing.get(item.copy_key))
    ]


def multipart_copies(
    images: Iterable[AssignedImage], copies: Iterable[RawObject]
) -> list[RawObject]:
    """Return the copies of images that were uploaded in parts."""
    copy_keys = {item.copy_key for item in images if item.image.source.is_multipart}
    return [copy for copy in copies if copy.key in copy_keys]


def verify_copies(bucket: str, plan: CopyPlan) -> list[RawObject]:
    """Check by a listing that every copy exists; return those of multipart images.

    Raises:
        CopyCheckError: the listing doesn't show every copy with its source's size and content.
    """
    copies = list_copies(bucket)
    broken = missing_copies(plan.images, copies)
    if broken:
        raise CopyCheckError(
            f"{len(broken)} of {len(plan.missing)} copies differ from their sources, the first is "
            f"{broken[0][1]}: its source changed while it was copied, or S3 encrypts with a KMS "
            "key, which droptrain doesn't support."
        )
    metrics.add_metric("ImagesCopied", MetricUnit.Count, len(plan.missing))
    return multipart_copies(plan.images, copies)
