"""What planning a dataset costs against its size: cleaning, sides, names, manifest.

    python -m benchmarks.plan             prints what it measured
    python -m benchmarks.plan --write     and puts it into docs/benchmarks.md
    python -m benchmarks.plan --size 1000 plans once and prints JSON; --group 10 in folders of ten

The listing and the bucket are in memory, so that nothing but the split's own work is measured. Each
size is planned in a process of its own, whose peak memory the kernel counts, imports included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from hashlib import md5
from typing import Any, cast

from benchmarks import page
from common.storage import Bucket, Stored
from split import records, workflow
from split.cleaning import clean
from split.naming import dataset_of
from split.objects import RawObject
from split.refusal import Refusal
from split.settings import SplitSettings

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROUP = 10
CLASSES = 4
MEMORY_BAR_GIB = 1.5
# Near linear: an image of the largest drop costs at most so many times one of the drop before.
LINEAR_BAR = 1.5


class MemoryBucket(Bucket):
    """A bucket in memory, for one writer."""

    def __init__(self) -> None:
        super().__init__("benchmark", cast(Any, None))
        self._objects: dict[str, bytes] = {}

    def get_with_etag(self, key: str) -> Stored | None:
        """Return what was put."""
        return Stored(self._objects[key], "etag") if key in self._objects else None

    def put(self, key: str, body: bytes, content_type: str = "", **_conditions: Any) -> str:
        """Keep it."""
        self._objects[key] = body
        return "etag"


def listing(size: int, group: int) -> list[RawObject]:
    """Make a drop's listing: four classes, and groups of so many images unless it is 0."""
    found = []
    for number in range(size):
        folder = f"part {number // group:07}/" if group else ""
        key = f"raw/class {number % CLASSES}/{folder}image {number:07}.jpg"
        etag = md5(key.encode(), usedforsecurity=False).hexdigest()
        found.append(RawObject(key, 200_000 + number % 1000, etag))
    return found


def plan(size: int, group: int) -> dict[str, float]:
    """Plan once; seconds of CPU by step, and the peak memory in MiB."""
    settings = SplitSettings(
        bucket="benchmark",
        schedule_group="",
        scheduler_role_arn="",
        failure_queue_arn="",
        topic_arn="",
        stack_hash="00000000",
        maximum_wait_seconds=0,
        minimum_changed_images=1,
        maximum_runs_per_day=1,
        dataset_expiry_days=90,
        validation_share=0.2,
        minimum_images_per_class=10,
        split_seed=0,
    )
    objects = listing(size, group)
    started = time.perf_counter()
    marks = [time.process_time()]
    cleaned = clean(objects, {})
    marks.append(time.process_time())
    sides = workflow.assign_sides(MemoryBucket(), cleaned, settings)
    assert not isinstance(sides, Refusal), sides.sentence
    dataset = dataset_of(cleaned.images, sides)
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


def in_a_process(size: int, group: int) -> dict[str, float]:
    """Plan once in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.plan", f"--size={size}", f"--group={group}"]
    environment = os.environ | {"POWERTOOLS_LOG_LEVEL": "ERROR"}
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    answer: dict[str, float] = json.loads(output.splitlines()[-1])
    print(f"{size:,} in groups of {group}: {answer}", file=sys.stderr, flush=True)
    return answer


def report(plans: dict[tuple[int, int], dict[str, float]], load: float) -> str:
    """Write the section: the two bars first, then what they come from."""
    largest, before = SIZES[-1], SIZES[-2]
    bars = []
    for group in (0, GROUP):
        of_group = f"groups of {group}" if group else "no groups"
        growth = plans[largest, group]["cpu"] / plans[before, group]["cpu"] * before / largest
        gibibytes = plans[largest, group]["mebibytes"] / 1024
        bars += [
            _bar(f"{largest:,} images, {of_group}: CPU of an image, times that at {before:,}",
                 growth, LINEAR_BAR),
            _bar(f"{largest:,} images, {of_group}: peak memory in GiB", gibibytes, MEMORY_BAR_GIB),
        ]  # fmt: skip
    rows = [
        [
            f"{size:,}" + (f", groups of {group}" if group else ""),
            *(f"{measured[name]:.2f}" for name in ("clean", "decide", "manifest", "cpu")),
            f"{1e6 * measured['cpu'] / size:.0f}",
            f"{measured['mebibytes']:,.0f}",
            f"{measured['manifest_mebibytes']:,.1f}",
        ]
        for (size, group), measured in plans.items()
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
            "CPU seconds of each step; deciding gives each image its side, writes `sides.jsonl` "
            "and names the copies:",
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
    arguments = parser.parse_args()
    if arguments.size:
        print(json.dumps(plan(arguments.size, arguments.group)))
        return
    load = os.getloadavg()[0]
    plans = {(size, group): in_a_process(size, group) for group in (0, GROUP) for size in SIZES}
    text = report(plans, load)
    print(text)
    if arguments.write:
        page.write("plan", text)


if __name__ == "__main__":
    main()
