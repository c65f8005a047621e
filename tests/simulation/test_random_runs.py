"""Ten short runs; other seeds run in `make test-long`, or alone with SEED=17."""

from __future__ import annotations

import os

import pytest

from tests.simulation.faults import MODES
from tests.simulation.run import simulate

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(10)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_fails_the_chain_keeps_its_promises(seed: int):
    world = simulate(seed)

    assert world.sagemaker.jobs
    assert bool(world.faults.happened) == (seed % len(MODES) > 0)


def test_a_seed_gives_the_same_run_call_by_call():
    first, again = simulate(5), simulate(5)

    assert first.cloud.log == again.cloud.log
    assert first.faults.happened == again.faults.happened
