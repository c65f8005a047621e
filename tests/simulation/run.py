"""One random run by its seed, and the table of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.simulation.faults import MODES
from tests.simulation.world import ViolationError, World

REPEAT = "SEED={} .venv/bin/python -m pytest -n 0 tests/simulation/test_random_runs.py"


@dataclass
class Totals:
    """What all runs together met."""

    runs: int = 0
    numbers: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)

    def add(self, world: World) -> None:
        """Add a run."""
        self.runs += 1
        self.numbers["jobs"] += len(world.sagemaker.jobs)
        self.numbers["events"] += world.deliveries.events
        self.numbers["events given up"] += len(world.deliveries.given_up)
        self.numbers["users' actions"] += sum(world.users.actions.values())
        self.numbers["calls"] += sum(world.cloud.calls.values())
        self.calls += world.cloud.calls
        self.faults += world.faults.happened
        self.checks += world.invariants.checks
        self.numbers["invocations"] += sum(world.deliveries.outcomes.values())

    @staticmethod
    def sorted(counts: Mapping[str, int]) -> dict[str, int]:
        """Return counts by name, the most frequent first."""
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def simulate(seed: int) -> World:
    """Simulate some hours of random faults, then days of rest.

    Raises:
        ViolationError: an invariant is violated; the message says how to repeat the run.
    """
    world = World(pytest.MonkeyPatch(), seed)
    world.faults.chances = [*MODES.values()][seed % len(MODES)]
    if seed % 3 == 0:
        world.sagemaker.lag = timedelta(seconds=world.random.uniform(5, 60))
    hours = timedelta(hours=world.random.choice((4, 8, 30)))
    with world:
        try:
            world.users.drop(images=5)
            world.users.plan(world.random.randint(4, 12), within=hours)
            world.run_for(hours)
            world.rest()
        except ViolationError as error:
            raise ViolationError(f"{error}\nAgain: {REPEAT.format(seed)}") from None
    return world
