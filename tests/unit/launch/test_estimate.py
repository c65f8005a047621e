"""What a run will take and cost, from the last ones like it, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.run_index import RunEntry, RunIndex
from launch.estimate import estimate_of
from launch.machines import Machines
from launch.prices import DOLLARS_AN_HOUR, REGION
from launch.run_name import RunName
from operations.prices import read_prices

RUN = RunName("51af3dc0", "cf6336ca", "7393851c", 1)
M5, G6 = "ml.m5.xlarge", "ml.g6.12xlarge"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(seconds: int, number: int = 0, **changed: object) -> RunEntry:
    fields = {
        "run": f"51af3dc0-{number:08x}-7393851c-1",
        "dataset": "d",
        "state": "done",
        "sentence": "Done.",
        "ended_at": NOON - timedelta(hours=number),
        "report": "report.html",
        "images": 1000,
        "instance_type": M5,
        "training_seconds": seconds,
        "billable_seconds": seconds,
    }
    return RunEntry.model_validate(fields | changed)


def estimate(*entries: RunEntry, types: tuple[str, ...] = (M5,), images: int = 1000) -> str | None:
    return estimate_of(RunIndex(runs=entries), RUN, Machines(types), images)


def test_an_estimate_is_the_median_of_the_last_runs_with_its_basis():
    assert estimate(entry(600), entry(720, 1), entry(780, 2)) == (
        "about 12 minutes and 0.05 US dollars, from the last 3 runs with these settings on "
        "ml.m5.xlarge: 10 to 13 minutes for 1,000 images, in proportion; 0.23 dollars an hour, as "
        "in us-east-1"
    )


def test_it_is_in_proportion_to_the_images():
    text = estimate(entry(600), images=2500)

    assert text is not None
    assert text.startswith("about 25 minutes and 0.10 US dollars, from the last run with these")
    assert "25 minutes for 2,500 images" in text


def test_spot_takes_its_time_and_costs_what_is_billed():
    text = estimate(entry(3600, billable_seconds=1200))

    assert text is not None
    assert text.startswith("about 60 minutes and 0.08 US dollars")


def test_only_the_newest_five_count():
    slow = [entry(60_000, number) for number in range(5, 9)]

    text = estimate(*(entry(600, number) for number in range(5)), *slow)

    assert text is not None
    assert "from the last 5 runs" in text
    assert "10 minutes for" in text


def test_the_most_preferred_machine_with_a_run_is_the_basis():
    text = estimate(entry(600), entry(60, 1, instance_type=G6), types=(G6, M5))

    assert text is not None
    assert text.startswith("about 1 minute, from the last run with these settings on ml.g6.12x")
    assert text.endswith("price unknown")


@pytest.mark.parametrize(
    "changed",
    [
        {"run": "51af3dc0-cf6336ca-00000000-1"},
        {"run": "another"},
        {"state": "failed"},
        {"instance_type": "ml.m5.large"},
        {"instance_type": None},
        {"images": None},
        {"billable_seconds": None},
    ],
)
def test_without_a_run_like_it_there_is_no_estimate(changed: dict[str, object]):
    assert estimate(entry(600)) is not None
    assert estimate(entry(600, **changed)) is None


def test_without_images_there_is_no_estimate():
    assert estimate(entry(600), images=0) is None


def test_the_prices_are_those_of_the_price_list():
    prices = read_prices()

    assert prices.region == REGION
    assert {name: price.dollars for name, price in prices.instances.items()} == DOLLARS_AN_HOUR
