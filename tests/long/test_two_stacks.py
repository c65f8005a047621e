"""Two stacks side by side, for many drops, an update and a deletion."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_cloud.cloud.server import LocalCloud
from tests.end_to_end.conftest import Chain
from tests.end_to_end.drops import await_settled, await_trained, contents, launched
from tests.end_to_end.neighbours import assert_apart
from tests.support.long_table import Figures
from tests.support.requests import Recorder

ROUNDS = 8
SETTINGS = {"QuietPeriodSeconds": "2", "MaximumRunsPerDay": "1000"}


def drop_in_both(stacks: list[Chain], number: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda chain: chain.drop_classes(prefix=f"{number} "), stacks))
        list(pool.map(await_trained, stacks))


def test_demo_and_demo_2_side_by_side(tmp_path: Path, recorder: Recorder, figures: Figures):
    with LocalCloud(tmp_path / "cloud") as cloud:
        demo, demo_2 = stacks = [Chain(cloud, tmp_path / name, name) for name in ("demo", "demo-2")]
        for chain in stacks:
            chain.deploy(**SETTINGS)
        for number in range(ROUNDS):
            drop_in_both(stacks, number)
            figures.repetitions += 1
            figures.add("uploads", 2 * 24)
            if number == ROUNDS // 2:
                await_settled(demo_2)
                demo_2.deploy(**SETTINGS, Epochs="3")
        for chain in stacks:
            await_settled(chain)
            # A slow upload may be split before it is complete: more jobs, but of other images.
            assert len(set(chain.jobs())) == len(launched(chain)) >= ROUNDS

        checked = assert_apart(demo, demo_2, recorder) + assert_apart(demo_2, demo, recorder)
        figures.add("jobs", len(demo.jobs()) + len(demo_2.jobs()))
        figures.add("permissions compared", checked)
        figures.check("one job per dataset and stack")
        figures.check("jobs, objects, locks, schedules and status are each stack's own")
        figures.check("no role of the one allows what the other did")
        assert epochs(demo, demo.jobs()[-1]) == "2"
        assert epochs(demo_2, demo_2.jobs()[-1]) == "3"
        figures.check("an update of the one left the other's settings")

        for chain in (demo, demo_2):
            assert not any(chain.undelivered().values()), chain.problems()
        kept = contents(demo, "")
        cloud.client("cloudformation").delete_stack(StackName="demo")
        demo_2.drop_classes(prefix="after ")
        await_trained(demo_2)
        await_settled(demo_2)
        assert contents(demo, "") == kept
        figures.check("with the one deleted, the other goes on and the bucket stays as it was")
        assert not any(demo_2.undelivered().values()), demo_2.problems()
        # A launch that finds another at work on the same stack is tried again, by design.
        again = demo.problems()
        assert [problem for problem in again if "BusyError" not in problem] == []
        figures.add("invocations that Lambda tried again", len(again))
        figures.check("nothing in a failure queue")


def epochs(chain: Chain, run: str) -> str:
    job = chain.sagemaker.describe_training_job(TrainingJobName=run)
    return job["HyperParameters"]["epochs"]
