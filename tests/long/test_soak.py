"""Many drops, one after another, on one stack."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.cloud.event_log import JobChanged
from local_cloud.cloud.server import LocalCloud
from tests.end_to_end.conftest import Chain
from tests.end_to_end.drops import await_settled, await_trained, labelled, launched, manifest
from tests.long.conftest import RETRY_DELAYS
from tests.support.long_table import Figures

DROPS = 30
# MB by which the server may grow over the drops after the fifth; it keeps all objects in memory.
GROWTH = 150
# What Lambda is to try again: an image went while it was read or copied, another launch works.
RETRIED = ("NoSuchKey", "FileNotFoundError", "CopyCheckError", "BusyError")
ENDED = {"Completed", "Failed", "Stopped"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class User:
    """Adds, removes and relabels images at random; the same seed does the same."""

    def __init__(self, chain: Chain, seed: int) -> None:
        self._chain = chain
        self._chance = random.Random(seed)
        self._serial = 0
        self.done: dict[str, int] = {}

    def add(self, count: int) -> None:
        keys = []
        for _ in range(count):
            self._serial += 1
            keys.append(f"{self._chance.choice(('good', 'oil', 'stain'))}/{self._serial}.png")
        self._chain.drop(keys)
        self._note("added", count)

    def remove(self, count: int) -> None:
        for key in self._some(count):
            self._chain.s3.delete_object(Bucket=self._chain.bucket, Key=key)
            self._note("removed")

    def relabel(self, count: int) -> None:
        """Move images to another class, as `aws s3 mv` does: copy, then delete."""
        for key in self._some(count):
            _, label, name = key.split("/")
            others = [name for name in ("good", "oil", "stain") if name != label]
            other = self._chance.choice(others)
            source = {"Bucket": self._chain.bucket, "Key": key}
            self._chain.s3.copy_object(
                Bucket=self._chain.bucket, Key=f"raw/{other}/{name}", CopySource=source
            )
            self._chain.s3.delete_object(Bucket=self._chain.bucket, Key=key)
            self._note("relabelled")

    def drop(self) -> None:
        """Change something, several things at once more often than one."""
        self.add(self._chance.randint(1, 6))
        if self._chance.random() < 0.7:
            self.remove(self._chance.randint(1, 3))
        if self._chance.random() < 0.7:
            self.relabel(self._chance.randint(1, 3))

    def waits(self) -> bool:
        """Whether the user looks at the result before going on."""
        return self._chance.random() < 0.7

    def _some(self, count: int) -> list[str]:
        return self._chance.sample(self._chain.keys("raw/"), count)

    def _note(self, what: str, count: int = 1) -> None:
        self.done[what] = self.done.get(what, 0) + count


def test_30_drops_one_after_another(
    tmp_path: Path, figures: Figures, monkeypatch: pytest.MonkeyPatch
):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = set(children())
    with LocalCloud(tmp_path / "cloud", retry_delays=RETRY_DELAYS) as cloud:
        chain = Chain(cloud, tmp_path)
        chain.deploy(QuietPeriodSeconds="1", MaximumRunsPerDay="1000", MinimumImagesPerClass="5")
        soak(chain, figures, before)
    assert set(children()) == before
    assert list(temporary.iterdir()) == []
    assert list((tmp_path / "cloud" / "code").glob("*.partial")) == []
    figures.check("no process and no temporary file left behind")


def soak(chain: Chain, figures: Figures, before: set[int]) -> None:
    user = User(chain, seed=7)
    user.add(60)
    await_trained(chain)
    sides: dict[str, str] = {}
    trained = []
    memory, processes = [], []
    for _ in range(DROPS):
        user.drop()
        if user.waits():
            trained.append(await_trained(chain))
            sides = check_sides(chain, sides)
        figures.repetitions += 1
        memory.append(resident_megabytes())
        processes.append(len(set(children()) - before))
    trained.append(await_trained(chain))
    sides = check_sides(chain, sides)
    assert {content for _, content in labelled(chain)} <= set(sides)
    figures.check("every image keeps its side, also a removed or relabelled one")

    jobs = chain.jobs()
    assert len({job.split("-")[1] for job in jobs}) == len(jobs)
    assert set(trained) <= set(launched(chain))
    figures.check("every dataset trained once")
    assert most_at_once(chain) == 1
    figures.check("never two jobs at once")
    await_settled(chain)  # what the last window starts comes to nothing new
    assert len(chain.jobs()) == len(jobs)
    again = chain.problems()
    assert [
        problem for problem in again if not problem.partition(": ")[2].startswith(RETRIED)
    ] == []
    assert not any(chain.undelivered().values()), chain.problems()
    figures.check("no schedule left, nothing in a failure queue")
    assert memory[-1] - memory[4] < GROWTH, memory
    assert processes[-1] <= max(processes[:5]) + 2, processes
    for what, count in user.done.items():
        figures.add(f"images {what}", count)
    figures.add("jobs", len(jobs))
    figures.add("invocations that Lambda tried again", len(again))
    figures.add("MB of the server after 5 drops", memory[4])
    figures.add(f"MB after {DROPS}", memory[-1])
    figures.add("processes at the end", processes[-1])


def check_sides(chain: Chain, earlier: dict[str, str]) -> dict[str, str]:
    """Assert that no content changed sides or has two; return all of them."""
    body = chain.s3.get_object(Bucket=chain.bucket, Key="splits/sides.jsonl")["Body"].read()
    rows = [json.loads(line) for line in body.splitlines()]
    sides = {row["content"]: row["side"] for row in rows}
    assert len(sides) == len(rows)
    assert earlier.items() <= sides.items()
    for dataset in launched(chain):
        for row in manifest(chain, dataset):
            assert row["side"] == sides[row["content"]]
    return sides


def most_at_once(chain: Chain) -> int:
    """Return how many jobs ran at the same time, at most."""
    running: set[str] = set()
    most = 0
    for event in chain.cloud.events:
        if isinstance(event, JobChanged):
            running = running - {event.job} if event.status in ENDED else running | {event.job}
            most = max(most, len(running))
    return most


def resident_megabytes() -> int:
    """Return how much memory this process holds, the server with it."""
    [line] = [
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    ]
    return int(line.split()[1]) // 1024


def children() -> Iterator[int]:
    """Yield the processes that descend from this one directly."""
    for tasks in Path("/proc/self/task").glob("*/children"):
        yield from (int(process) for process in tasks.read_text().split())
