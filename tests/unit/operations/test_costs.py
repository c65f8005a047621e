"""The bill: its arithmetic, what it reads from the template, and the README that quotes it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from operations.cost_tables import cost_tables, table
from operations.costs import Bill, Charge, Usage, alarm_metrics
from operations.prices import Price, read_prices

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


@pytest.fixture
def bill(template: dict[str, Any]) -> Bill:
    return Bill(Usage(), read_prices(), template)


def using(bill: Bill, **usage: Any) -> Bill:
    bill.usage = replace(bill.usage, **usage)
    return bill


def row(charges: list[Charge], item: str) -> Charge:
    [charge] = [charge for charge in charges if charge.item.startswith(item)]
    return charge


def test_each_idle_queue_is_polled_fifteen_times_a_minute(bill: Bill):
    polls = row(bill.idle(), "Lambda polling the queues")

    assert polls.amount == 2 * 15 * 60 * 24 * 30
    assert polls.dollars == pytest.approx(0.5184)


def test_an_idle_month_costs_less_than_a_dollar_and_a_half(bill: Bill):
    assert row(bill.idle(), "metrics of the alarms").dollars == pytest.approx(0.9)
    assert row(bill.idle(), "split once a day, about").amount == 30 * 10 * 2.5
    assert sum(charge.dollars for charge in bill.idle()) < 1.5


def test_an_alarm_is_billed_by_its_metrics():
    single = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Throttles"}}
    metrics = [{"Expression": "a + b"}, {"MetricStat": {}}, {"MetricStat": {}}]
    double = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}

    assert alarm_metrics({"A": single, "B": double, "C": {"Type": "AWS::SQS::Queue"}}) == 3


def test_a_function_is_billed_until_its_timeout(bill: Bill):
    assert row(bill.drop(), "split").amount == pytest.approx(2 * 900 * 2560 / 1024)


def test_intake_is_billed_for_the_time_of_the_upload(bill: Bill):
    assert row(using(bill, upload_minutes=2).drop(), "intake").amount == pytest.approx(
        2 * 120 * 0.5
    )


def test_a_bound_follows_the_template(bill: Bill, template: dict[str, Any]):
    template["Resources"]["PlotFunction"]["Properties"]["Timeout"] = 30

    assert row(bill.drop(), "plot").amount == pytest.approx(30 * 1769 / 1024)


def test_each_image_is_copied_and_fetched_once(bill: Bill):
    using(bill, images=3000)

    assert row(bill.drop(), "copies").amount == 3000
    assert row(bill.job(), "fetching").amount == 3037


def test_answers_are_billed_by_their_images_and_batches(bill: Bill, template: dict[str, Any]):
    template["Resources"]["PredictFunction"]["Properties"]["MemorySize"] = 1024
    mapping = template["Resources"]["PredictFunction"]["Properties"]["Events"]["Inbox"]
    mapping["Properties"]["BatchSize"] = 5

    charges = bill.predictions()

    minutes = 5  # a thousand seconds by four at once
    assert row(charges, "predict").amount == pytest.approx(1000 + 5 * minutes)
    assert row(charges, "answers").amount == 2 * 200 + 8 * minutes
    assert row(charges, "messages").amount == 3000


def test_a_job_is_billed_by_its_minutes_and_its_disk(bill: Bill):
    machine, disk, *_ = using(bill, minutes=30, instance="ml.m5.large").job()

    assert machine.dollars == pytest.approx(0.115 / 2)
    assert disk.amount == pytest.approx(30 * 30 / (60 * 24 * 30))


def test_a_machine_with_a_disk_of_its_own_gets_no_other(bill: Bill):
    names = [charge.item for charge in using(bill, instance="ml.g4dn.xlarge").job()]

    assert "its disk" not in names


def test_checkpoints_of_every_epoch_are_kept(bill: Bill):
    assert row(bill.job(), "keeping").amount == pytest.approx((13 + 80 * 11) / 1000)


def test_a_table_adds_up_and_marks_prices_that_were_not_confirmed(bill: Bill):
    confirmed = row(bill.idle(), "metrics of the alarms").price

    *_, first, second, last = table(
        [Charge("a", "2", 2, replace(confirmed, dollars=0.25)), Charge("b", "3", 3, Price(0.5))]
    ).splitlines()

    assert first == "| a | 2 | 0.25 | 0.5000 |"
    assert second == "| b | 3 | 0.5 * | 1.5000 |"
    assert last == "| total | | | 2.0000 |"


def test_the_readme_quotes_the_totals():
    totals = [float(total) for total in re.findall(r"total .* ([\d.]+) \|", cost_tables())]
    [worst_day] = re.findall(r"^Worst case per day: .* = ([\d.]+)\.$", cost_tables(), re.MULTILINE)
    idle, _, drop, job, _ = (f"{total:.2f}" for total in totals)
    readme = " ".join((ROOT / "README.md").read_text().split())

    assert f"{idle} US dollars for a month in which nothing happens" in readme
    assert f"at most {drop} for a drop of 1,000 images" in readme
    assert f"about {job} for ten minutes of training" in readme
    assert f"per day: {worst_day} " in readme
