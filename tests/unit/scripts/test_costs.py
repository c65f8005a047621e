"""The bill: its arithmetic, what it reads from the template, and the page that quotes it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from operations.prices import Price, Prices, read_prices
from scripts.costs.__main__ import read_bill
from scripts.costs.bill import Bill, Line, Usage
from scripts.costs.counts import Counts
from scripts.costs.tables import table, tables
from scripts.count_requests import kind_of, metrics_in

ROOT = Path(__file__).resolve().parents[3]
WHO = ("user", "intake", "split", "launch", "plot", "training", "checkpoints")


def drop(images: int) -> dict[str, Any]:
    """A drop that asks two requests for each image, and ten besides, of each kind."""
    requests = dict.fromkeys(("put", "list", "get"), 2 * images + 10)
    return {
        "requests": dict.fromkeys(WHO, requests),
        "invocations": {"split": 2, "launch": 2, "plot": 1},
        "stored_bytes": {"runs": 17_000_000, "checkpoints": 22_000_000},
        "log_bytes": 1000 + images,
        "metrics": ["Changes", "JobsStarted"],
    }


@pytest.fixture
def counts() -> Counts:
    return Counts({"epochs": 2, "drops": {"1100": drop(1100), "100": drop(100)}})


@pytest.fixture
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


@pytest.fixture
def bill(counts: Counts, template: dict[str, Any]) -> Bill:
    return Bill(read_prices(), counts, template)


def row(lines: list[Line], what: str) -> Line:
    [found] = [line for line in lines if line.what.startswith(what)]
    return found


def test_another_size_lies_on_the_line_through_the_two_that_were_counted(counts: Counts):
    assert counts.requests("split", "put", 100) == 210
    assert counts.requests("split", "put", 1100) == 2210
    assert counts.requests("split", "put", 5000) == 10_010
    assert counts.per_image("split", "put") == 2


def test_an_idle_queue_is_asked_fifteen_times_a_minute(bill: Bill):
    polls, alarms = bill.idle()

    assert polls.amount == 15 * 60 * 24 * 30
    assert polls.dollars == pytest.approx(0.2592)
    assert alarms.amount == 2


def test_a_function_is_billed_until_its_timeout(bill: Bill):
    split = row(bill.drop(Usage()), "split")

    assert split.amount == pytest.approx(2 * 900 * 2560 / 1024)


def test_intake_is_billed_for_as_long_as_is_uploaded(bill: Bill):
    intake = row(bill.drop(Usage(upload_minutes=2)), "intake")

    assert intake.amount == pytest.approx(2 * 120 * 0.5)


def test_a_bound_follows_the_template(counts: Counts, template: dict[str, Any]):
    template["Resources"]["PlotFunction"]["Properties"]["Timeout"] = 30

    assert row(Bill(read_prices(), counts, template).drop(Usage()), "plot").amount == pytest.approx(
        30 * 1769 / 1024
    )


def test_more_images_cost_more_requests(bill: Bill):
    small, large = (row(bill.drop(Usage(images=n)), "copies") for n in (1000, 3000))

    assert (small.amount, large.amount) == (2000, 6000)


def test_a_job_is_billed_by_its_minutes_and_its_disk(bill: Bill):
    machine, disk, *_ = bill.run(Usage(minutes=30, instance="ml.m5.large"))

    assert machine.dollars == pytest.approx(0.115 / 2)
    assert disk.amount == pytest.approx(30 * 30 / (60 * 24 * 30))


def test_a_machine_with_a_disk_of_its_own_gets_no_other(bill: Bill):
    names = [line.what for line in bill.run(Usage(instance="ml.g4dn.xlarge"))]

    assert "its disk" not in names


def test_checkpoints_of_every_epoch_are_kept(bill: Bill):
    kept = row(bill.run(Usage()), "keeping")

    assert kept.amount == pytest.approx((17 + 80 * 11) / 1000)


def test_a_table_adds_up():
    lines = [Line("a", "2", 2, 0.25, True), Line("b", "3", 3, 0.5, False)]

    *_, first, second, last = table(lines).splitlines()

    assert first == "| a | 2 | 0.25 | 0.5000 |"
    assert second == "| b | 3 | 0.5 * | 1.5000 |"
    assert last == "| in all | | | 2.0000 |"


def test_prices_that_were_not_confirmed_are_marked(counts: Counts, template: dict[str, Any]):
    prices = read_prices()
    unsure = {name: replace(price, confirmed=None) for name, price in prices.usage.items()}
    marked = Bill(Prices("x", unsure, dict[str, Price](prices.instances)), counts, template)

    assert all(not line.confirmed for line in marked.idle())


def test_the_page_is_what_the_command_prints():
    command = [sys.executable, "-m", "scripts.costs", "--check"]

    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert tables(read_bill(), Usage()) in (ROOT / "docs" / "deployment.md").read_text()


@pytest.mark.parametrize(
    ("method", "path", "query", "kind"),
    [
        ("PUT", "/bucket/raw/good/1.jpg", "", ("put", "raw")),
        ("GET", "/bucket", "list-type=2&prefix=datasets%2Fab%2F", ("list", "datasets")),
        ("GET", "/bucket/", "list-type=2", ("list", "")),
        ("GET", "/bucket/status.json", "", ("get", "status.json")),
        ("POST", "/bucket/runs/r/output/model.tar.gz", "uploads", ("put", "runs")),
        ("HEAD", "/bucket/checkpoints/r/epoch-0001.json", "", ("get", "checkpoints")),
        ("PUT", "/bucket/checkpoints/r/unfinished.weights.h5", "", ("put", "unfinished")),
        ("DELETE", "/bucket/raw/good/1.jpg", "", ("free", "raw")),
    ],
)
def test_requests_are_told_apart_as_s3_bills_them(
    method: str, path: str, query: str, kind: tuple[str, str]
):
    assert kind_of(method, path, query) == kind


def test_metrics_are_read_from_a_log():
    line = '{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Changes"},{"Name":"Plots"}]}]}}'

    assert metrics_in(f"START\n{line}\n{line}\nREPORT") == ["Changes", "Plots"]
