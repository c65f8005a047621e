"""What spot saved is the share of the training time that was not billed."""

from __future__ import annotations

import pytest

from plot.job_end import Costs


def test_the_saving_is_what_was_not_billed() -> None:
    assert Costs(1000, 300, is_spot=True).spot_saving == pytest.approx(0.7)


@pytest.mark.parametrize(
    "costs", [Costs(1000, 1000, is_spot=False), Costs(is_spot=True), Costs(0, 0, is_spot=True)]
)
def test_without_spot_or_without_times_nothing_is_claimed(costs: Costs) -> None:
    assert costs.spot_saving is None
