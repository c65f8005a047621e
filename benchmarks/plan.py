"""What planning a dataset costs against its size: cleaning, sides, names, manifest.

    python -m benchmarks.plan             prints what it measured
    python -m benchmarks.plan --write     and puts it into docs/benchmarks.md
    python -m benchmarks.plan --size 1000 plans once and prints JSON; --group 10 in folders of ten,
                                          --grown beside the copies of all images but one

The listings and the bucket are in memory, so that nothing but the split's own work is measured.
Each size is planned in a process of its own, whose peak memory the kernel counts, imports included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from hashlib import md5
from typing import Any, cast

from benchmarks import page
from common.s3 import Bucket, StoredObject
from split import copies, records
from split.cleaning import clean
from split.naming import dataset_of
from split.objects import Cleaned, Dataset, RawObject
from split.refusal import Refusal
from split.settings import SplitSettings
from split.workflow import assign_sides

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROUP = 10
CLASSES = 4
MEMORY_BAR_GIB = 1.5
# Near linear: an image of the largest drop costs at most so many times one of the drop before.
LINEAR_BAR = 1.5


SETTINGS = SplitSettings(
    bucket="benchmark",
    schedule_group="",
    scheduler_role_arn="",
    failure_queue_arn="",
    topic_arn="",
    stack_hash="00000000",
    minimum_changed_images=1,
    maximum_runs_per_day=4,
    dataset_expiry_days=90,
    maximum_wait_seconds=0,
    validation_share=0.2,
    minimum_images_per_class=10,
    split_seed=0,
)


class MemoryBucket(Bucket):
    """A bucket in memory, for one writer."""

    def __init__(self) -> None:
        super().__init__("benchmark", cast(Any, None))
        self._objects: dict[str, bytes] = {}

    def get_with_etag(self, key: str) -> StoredObject | None:
        """Return what was put."""
        return StoredObject(self._objects[key], "etag") if key in self._objects else None

    def put(self, key: str, body: bytes, content_type: str = "", **_conditions: Any) -> str:
        """Keep it."""
        self._objects[key] = body
        return "etag"


@dataclass(frozen=True)
class Drop:
    """So many images, in groups of so many or in none; `grown` by one that is new."""

    size: int
    group: int = 0
    grown: bool = False

    @property
    def name(self) -> str:
        """What it is called in the tables."""
        return (
            f"{self.size:,} images"
            + (f", groups of {self.group}" if self.group else "")
            + (", all but one copied before" if self.grown else "")
        )


def listing(size: int, group: int) -> list[RawObject]:
    """Make a drop's listing: four classes, and groups of so many images unless it is 0."""
    found = []
    for number in range(size):
        folder = f"part {number // group:07}/" if group else ""
        key = f"raw/class {number % CLASSES}/{folder}image {number:07}.jpg"
        etag = md5(key.encode(), usedforsecurity=False).hexdigest()
        found.append(RawObject(key, 200_000 + number % 1000, etag))
    return found


def decide(bucket: Bucket, cleaned: Cleaned, made: list[RawObject]) -> Dataset:
    """Give each image its side, and each copy its name; compare with the copies that were made."""
    assigned = assign_sides(bucket, cleaned, SETTINGS)
    assert not isinstance(assigned, Refusal), assigned.sentence
    dataset = dataset_of(cleaned.images, assigned, [copy.key for copy in made])
    wanted = copies.missing(dataset, copies.fresh(made, SETTINGS.dataset_expiry_days))
    assert len(wanted) == len(dataset.images) - len(made)
    return dataset


def copies_of(dataset: Dataset) -> list[RawObject]:
    """List a dataset's copies as S3 does, in strings of their own."""
    return [
        RawObject(item.copy_key.encode().decode(), source.size, source.etag.encode().decode(), now)
        for now in [time.time()]
        for item in dataset.images
        for source in [item.image.source]
    ]


def plan(size: int, group: int, *, grown: bool = False) -> dict[str, float]:
    """Plan once; seconds of CPU by step, and the peak memory in MiB.

    With `grown`, all images but one were planned before and have their copies.
    """
    bucket, objects = MemoryBucket(), listing(size, group)
    made = copies_of(decide(bucket, clean(objects[:-1], {}), [])) if grown else []
    started = time.perf_counter()
    marks = [time.process_time()]
    cleaned = clean(objects, {})
    marks.append(time.process_time())
    dataset = decide(bucket, cleaned, made)
    marks.append(time.process_time())
    body = records.manifest(cleaned, dataset)
    marks.append(time.process_time())
    assert body.count(b"\n") == size
    return {
        "seconds": time.perf_counter() - started,
        "clean": marks[1] - marks[0],
        "decide": marks[2] - marks[1],
        "manifest": marks[3] - marks[2],
        "cpu": marks[3] - marks[0],
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "manifest_mebibytes": len(body) / 1024**2,
    }


def in_a_process(drop: Drop) -> dict[str, float]:
    """Plan once in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.plan", f"--size={drop.size}"]
    command += [f"--group={drop.group}", *(["--grown"] if drop.grown else [])]
    environment = os.environ | {"POWERTOOLS_LOG_LEVEL": "ERROR"}
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    answer: dict[str, float] = json.loads(output.splitlines()[-1])
    print(f"{drop.name}: {answer}", file=sys.stderr, flush=True)
    return answer


def report(plans: dict[Drop, dict[str, float]], load: float) -> str:
    """Write the section: the two bars first, then what they come from."""
    largest, before = SIZES[-1], SIZES[-2]
    bars = []
    for drop in (drop for drop in plans if drop.size == largest):
        smaller = plans[replace(drop, size=before)]
        growth = plans[drop]["cpu"] / smaller["cpu"] * before / largest
        gibibytes = plans[drop]["mebibytes"] / 1024
        bars += [
            _bar(f"{drop.name}: CPU of an image, times that at {before:,}", growth, LINEAR_BAR),
            _bar(f"{drop.name}: peak memory in GiB", gibibytes, MEMORY_BAR_GIB),
        ]
    rows = [
        [
            drop.name,
            *(f"{measured[name]:.2f}" for name in ("clean", "decide", "manifest", "cpu")),
            f"{1e6 * measured['cpu'] / drop.size:.0f}",
            f"{measured['mebibytes']:,.0f}",
            f"{measured['manifest_mebibytes']:,.1f}",
        ]
        for drop, measured in plans.items()
    ]
    headings = [
        "images",
        "clean",
        "decide",
        "manifest",
        "CPU seconds in all",
        "µs an image",
        "peak MiB",
        "manifest MiB",
    ]
    return "\n\n".join(
        [
            page.circumstances(load),
            page.table(["what", "measured", "wanted", ""], bars),
            "CPU seconds of each step; deciding gives each image its side, writes `sides.jsonl`, "
            "names the copies and compares them with those that there are:",
            page.table(headings, rows),
        ]
    )


def _bar(what: str, value: float, bar: float) -> list[str]:
    return [what, f"{value:.2f}", f"at most {bar}", "met" if value <= bar else "**missed**"]


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description="measure planning")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--size", type=int)
    parser.add_argument("--group", type=int, default=0)
    parser.add_argument("--grown", action="store_true")
    arguments = parser.parse_args()
    if arguments.size:
        print(json.dumps(plan(arguments.size, arguments.group, grown=arguments.grown)))
        return
    load = os.getloadavg()[0]
    drops = [Drop(size, group) for group in (0, GROUP) for size in SIZES]
    drops += [Drop(size, grown=True) for size in SIZES[-2:]]
    plans = {drop: in_a_process(drop) for drop in drops}
    text = report(plans, load)
    print(text)
    if arguments.write:
        page.write("plan", text)


if __name__ == "__main__":
    main()
