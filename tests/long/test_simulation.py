"""The chain under random faults, two hundred times."""

from __future__ import annotations

from tests.simulation.run import Totals, simulate
from tests.support.long_table import Figures

RUNS = 200
# Other seeds than the ten of `make test`.
FIRST_SEED = 1000


def test_a_simulation_of_the_chain_under_random_faults(figures: Figures):
    totals = Totals()

    for seed in range(FIRST_SEED, FIRST_SEED + RUNS):
        totals.add(simulate(seed))
        figures.repetitions += 1

    for name, number in totals.numbers.items():
        figures.add(name, number)
    figures.add("faults", sum(totals.faults.values()))
    figures.add("violations", 0)  # the first would have ended the test
    for title, counts in {
        "faults by kind": totals.faults,
        "calls of the functions by service": totals.calls,
        "checks by invariant": totals.checks,
    }.items():
        figures.tables[f"The simulation: {title}"] = totals.sorted(counts)
    figures.check("at each step and at rest, the invariants below")
    assert len(totals.faults) > 10
    assert totals.numbers["jobs"] > RUNS
