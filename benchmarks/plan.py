"""What planning a dataset takes, by its size: cleaning, sides, names, manifest.

    python -m benchmarks.plan            prints what it measured
    python -m benchmarks.plan --write    and writes it into docs/benchmarks.md

Listing and bucket are in memory: only the split itself is measured. Each drop is planned in a
process of its own, whose peak memory includes the imports.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5

from benchmarks import page
from common.s3 import Bucket
from split import copies
from split.drop.cleaning import clean
from split.drop.refusal import Refusal
from split.images import CleanedDrop, RawObject
from split.manifest import write_manifest
from split.partition.dataset import Dataset, dataset_of
from split.settings import SplitSettings
from split.workflow import refuse_or_partition
from tests.support.memory_bucket import MemoryBucket

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROUP = 10  # images
CLASSES = 4
SETTINGS = SplitSettings(
    bucket="benchmark",
    schedule_group="",
    scheduler_role_arn="",
    failure_queue_arn="",
    topic_arn="",
    quiet_period_seconds=120,
    stack_hash="00000000",
    minimum_changed_images=1,
    maximum_runs_per_day=4,
    maximum_training_hours_per_month=100,
    maximum_run_seconds=7200,
    dataset_expiry_days=90,
    maximum_wait_seconds=0,
    validation_share=0.2,
    minimum_images_per_class=10,
    split_seed=0,
)


@dataclass(frozen=True)
class PlannedDrop:
    """A drop of `size` images, in groups of `group` unless that is 0.

    With `grown`, all images but one were planned before, and have their copies.
    """

    size: int
    group: int = 0
    grown: bool = False

    @property
    def title(self) -> str:
        """The drop in words."""
        return (
            f"{self.size:,} images"
            + (f", groups of {self.group}" if self.group else "")
            + (", all but one copied before" if self.grown else "")
        )

    def listing(self) -> list[RawObject]:
        """Return the drop as S3 lists it."""
        objects = []
        for number in range(self.size):
            folder = f"part {number // self.group:07}/" if self.group else ""
            key = f"raw/class {number % CLASSES}/{folder}image {number:07}.jpg"
            etag = md5(key.encode(), usedforsecurity=False).hexdigest()
            objects.append(RawObject(key, 200_000 + number % 1000, etag))
        return objects


def decide(bucket: Bucket, cleaned: CleanedDrop, existing: list[RawObject]) -> Dataset:
    """Give each image its side and each copy its name; compare them with the existing copies."""
    sides = refuse_or_partition(bucket, SETTINGS, cleaned)
    if isinstance(sides, Refusal):
        raise RuntimeError(sides.sentence)
    dataset = dataset_of(cleaned.images, sides, [copy.key for copy in existing])
    fresh = copies.fresh_copies(existing, SETTINGS.dataset_expiry_days)
    missing = copies.missing_copies(dataset.images, fresh)
    if len(missing) != len(dataset.images) - len(existing):
        raise RuntimeError(f"{len(missing)} copies are missing")
    return dataset


def copies_of(dataset: Dataset) -> list[RawObject]:
    """List a dataset's copies as S3 does, in strings of their own."""
    now = time.time()
    return [
        RawObject(image.copy_key.encode().decode(), source.size, source.etag.encode().decode(), now)
        for image in dataset.images
        for source in [image.image.source]
    ]


def plan(drop: PlannedDrop) -> dict[str, float]:
    """Plan once; return CPU seconds by step, and the peak memory in MiB."""
    bucket, objects = MemoryBucket("benchmark", {}), drop.listing()
    existing = copies_of(decide(bucket, clean(objects[:-1], {}), [])) if drop.grown else []
    marks = [time.process_time()]
    cleaned = clean(objects, {})
    marks.append(time.process_time())
    dataset = decide(bucket, cleaned, existing)
    marks.append(time.process_time())
    manifest = write_manifest(cleaned, dataset)
    marks.append(time.process_time())
    return {
        "clean": marks[1] - marks[0],
        "decide": marks[2] - marks[1],
        "manifest": marks[3] - marks[2],
        "cpu": marks[3] - marks[0],
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "manifest_mebibytes": len(manifest) / 1024**2,
    }


def targets(measured: Mapping[PlannedDrop, Mapping[str, float]]) -> str:
    """Check that planning is nearly linear in the images, and how much memory it takes."""
    rows = []
    before, largest = SIZES[-2:]
    for drop in (drop for drop in measured if drop.size == largest):
        smaller = measured[PlannedDrop(before, drop.group, drop.grown)]
        growth = measured[drop]["cpu"] / smaller["cpu"] * before / largest
        gibibytes = measured[drop]["mebibytes"] / 1024
        growth_target = f"{drop.title}: CPU of an image, times that at {before:,}"
        rows += [
            page.at_most(growth_target, growth, 1.5),
            page.at_most(f"{drop.title}: peak memory in GiB", gibibytes, 1.5),
        ]
    return page.targets(rows)


def rows(measured: Mapping[PlannedDrop, Mapping[str, float]]) -> str:
    """Write everything that was measured."""
    cells = [
        [
            drop.title,
            *(f"{figures[step]:.2f}" for step in ("clean", "decide", "manifest", "cpu")),
            f"{1e6 * figures['cpu'] / drop.size:.0f}",
            f"{figures['mebibytes']:,.0f}",
            f"{figures['manifest_mebibytes']:,.1f}",
        ]
        for drop, figures in measured.items()
    ]
    headings = ["drop", "clean", "decide", "manifest", "total", "µs an image", "peak MiB"]
    return page.table([*headings, "manifest MiB"], cells)


def measure() -> list[str]:
    """Plan each drop; return the parts of the section."""
    drops = [PlannedDrop(size, group) for group in (0, GROUP) for size in SIZES]
    drops += [PlannedDrop(size, grown=True) for size in SIZES[-2:]]
    measured = {drop: page.in_a_process((), plan, drop) for drop in drops}
    steps = (
        "CPU seconds of each step. Deciding gives each image its side, writes `sides.jsonl`, names "
        "the copies and compares them with the existing ones:"
    )
    return [targets(measured), steps, rows(measured)]


if __name__ == "__main__":
    page.run("plan", measure)
