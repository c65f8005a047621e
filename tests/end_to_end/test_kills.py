"""Functions that die in the middle; `tests/long` kills them at every write."""

from __future__ import annotations

import sys

import pytest

from tests.end_to_end.conftest import Chain
from tests.end_to_end.kills import Killer, KillPoint
from tests.end_to_end.outcomes import Drops
from tests.support.requests import follow_requests

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_each_function_killed_once_leaves_what_an_undisturbed_drop_leaves(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
):
    killer = Killer()
    follow_requests(monkeypatch, killer)
    chain.deploy(MinimumImagesPerClass="6")
    killer.watch(chain)
    drops = Drops(chain)
    undisturbed = drops.run()
    assert undisturbed["notifications"] == len(undisturbed["jobs"]) == 1
    points = [
        KillPoint("Split", 9, done=False),  # among the copies
        KillPoint("Launch", 7, done=True),
        KillPoint("Plot", len(killer.writes["Plot"]), done=True),  # people have been told
    ]

    killer.arm(points)
    disturbed = drops.run()

    assert set(killer.killed) == set(points)
    assert disturbed == undisturbed
