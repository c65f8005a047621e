"""A function killed at each of its writes to S3, one at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.cloud.server import LocalCloud
from tests.end_to_end.conftest import RETRY_DELAYS, Chain
from tests.end_to_end.kills import FUNCTIONS, Killer, KillPoint
from tests.end_to_end.outcomes import Drops
from tests.support.long_table import Figures
from tests.support.requests import follow_requests

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """A chain that is in a hurry; the claims age as if it had waited."""
    with LocalCloud(tmp_path / "cloud", retry_delays=RETRY_DELAYS) as cloud:
        yield Chain(cloud, tmp_path)


def test_killed_at_every_write_to_s3(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, figures: Figures
):
    killer = Killer()
    follow_requests(monkeypatch, killer)
    chain.deploy(MinimumImagesPerClass="4")
    killer.watch(chain)
    drops = Drops(chain, size=4)
    killer.arm(())
    undisturbed = drops.run()
    assert undisturbed["notifications"] == len(undisturbed["jobs"]) == 1
    assert undisturbed["undelivered"] == {"FailureQueue": 0, "DropDeadLetterQueue": 0}
    points = [
        KillPoint(function, number, done)
        for function in FUNCTIONS
        for number in range(1, len(killer.writes[function]) + 1)
        for done in (False, True)
    ]
    # Between telling people and noting down that they were told: the one way to be told twice.
    [job] = undisturbed["jobs"]
    noted = KillPoint("Plot", len(killer.writes["Plot"]), done=False)
    assert killer.writes["Plot"][-1] == f"locks/notified-{job}.json"

    different = []
    for point in points:
        killer.arm([point])
        disturbed = drops.run()
        assert list(killer.killed) == [point]
        expected = undisturbed | {"notifications": 2 if point == noted else 1}
        if disturbed != expected:
            changed = {name for name in expected if disturbed[name] != expected[name]}
            different.append((point, killer.killed[point], changed, disturbed, chain.problems()))
        figures.repetitions += 1
        figures.add(f"kills of {point.function.lower()}", 1)

    assert different == []
    figures.check("killed with SIGKILL before and after each write reached S3")
    figures.check("dataset, manifest, results, plots, locks and status as undisturbed")
    figures.check("one job")
    figures.check(
        "one notification (two only between publishing and marking, docs/architecture.md)"
    )
    figures.check("nothing in a failure queue")
