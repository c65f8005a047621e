"""Two stacks side by side in one account, the name of the one a beginning of the other's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_cloud.cloud.server import LocalCloud
from tests.end_to_end.conftest import RETRY_DELAYS, Chain
from tests.end_to_end.neighbours import assert_apart
from tests.support.requests import Recorder


def test_the_same_drop_in_demo_and_demo_2_is_trained_once_in_each(
    tmp_path: Path, recorder: Recorder
):
    with LocalCloud(tmp_path / "cloud", retry_delays=RETRY_DELAYS) as cloud:
        demo, demo_2 = (Chain(cloud, tmp_path / name, name) for name in ("demo", "demo-2"))
        for chain in (demo, demo_2):
            chain.deploy()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Chain.drop_classes, (demo, demo_2)))
            list(pool.map(Chain.ready, (demo, demo_2)))
        for chain in (demo, demo_2):
            chain.await_run("done")
            chain.await_answers("Plot", 1)

        assert [len(chain.jobs()) for chain in (demo, demo_2)] == [1, 1]
        assert demo.keys("datasets/") == demo_2.keys("datasets/")
        assert_apart(demo, demo_2, recorder)
        assert_apart(demo_2, demo, recorder)
        assert demo.problems() == []
