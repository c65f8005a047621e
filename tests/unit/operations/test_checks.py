"""Every check passes on what a good trial leaves, and fails on what it is there to notice."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from operations.prices import Price, Prices, read_prices
from operations.trial.checks import PLOTS, PNG, checks
from operations.trial.cost import cost_table, trial_charges
from operations.trial.evidence import Evidence

RUN = "1a2b3c4d-11111111-22222222-1"
REPORT = "REPORT RequestId: 1\tDuration: 1 ms\tBilled Duration: 1000 ms\tMemory Size: 1024 MB"
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def good() -> Evidence:
    manifest = [{"key": "raw/_READY", "reason": "marker"}]
    sides = ["train", "train", "train", "validation"]
    copies = [f"datasets/{side}/a/{number}" for number, side in enumerate(sides)]
    manifest += [
        {"key": f"raw/a/{number}", "side": side, "copy": copy}
        for number, (side, copy) in enumerate(zip(sides, copies, strict=True))
    ]
    return Evidence(
        job={
            "TrainingJobStatus": "Completed",
            "EnableNetworkIsolation": True,
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge"},
            "TrainingStartTime": START,
            "TrainingEndTime": START + dt.timedelta(seconds=90),
        },
        jobs=1,
        status_json={"drop": {"state": "unchanged"}},
        objects={
            **{f"plots/{name}": PNG + name.encode() for name in PLOTS},
            "report.html": b"<!doctype html><html></html>",
            "history.json": json.dumps({"loss": [2.0, 1.0]}).encode(),
            "predictions.csv": b"image\n3\n",
        },
        manifest=manifest,
        copies=[*copies, "datasets/validation/a/of another dataset"],
        keys=[f"checkpoints/{RUN}/1"],
        stuck={"FailureQueue": 0, "DropDeadLetterQueue": 0},
        lines={name: [REPORT] for name in ("Intake", "Split", "Launch", "Plot", "training job")},
        metrics=["train:loss"],
        raw_unchanged=True,
        model_encryption="AES256",
    )


def failed(evidence: Evidence) -> list[str]:
    return [check.name for check in checks(evidence, RUN, images=4, epochs=2) if not check.passed]


def test_all_checks_pass_on_a_good_trial(good: Evidence):
    assert failed(good) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"objects": {"plots/accuracy.png": b"GIF"}}, "the plots are PNG files"),
        ({"objects": {"report.html": b""}}, "the report is a page"),
        ({"objects": {"history.json": b'{"loss": [1]}'}}, "the history has every epoch"),
        (
            {"objects": {"predictions.csv": b"image\n"}},
            "every validation image was predicted, and no other",
        ),
        (
            {"objects": {"predictions.csv": b"image\n3\nof another dataset\n"}},
            "every validation image was predicted, and no other",
        ),
        ({"raw_unchanged": False}, "nothing under raw/ was changed"),
        ({"jobs": 2}, "one training job was started"),
        ({"job": {"TrainingJobStatus": "Failed"}}, "it completed without a network"),
        ({"job": {"EnableNetworkIsolation": False}}, "it completed without a network"),
        ({"keys": []}, "it left checkpoints"),
        ({"model_encryption": ""}, "its model is encrypted"),
        ({"lines": {"training job": []}}, "its log is in CloudWatch Logs"),
        ({"metrics": []}, "its metrics are in CloudWatch"),
        ({"copies": [f"datasets/{n}" for n in range(4)]}, "every image was copied"),
        (
            {"status_json": {"drop": {"state": "launched"}}},
            "the same image under another name trains nothing",
        ),
        (
            {"lines": {"Split": [REPORT, "(AccessDenied) when calling PutObject"]}},
            "Split: no permission was missing",
        ),
        (
            {"lines": {"Plot": [REPORT, '{"level":"ERROR"}']}},
            "Plot: it ran without an error",
        ),
        ({"lines": {"Launch": []}}, "Launch: it ran without an error"),
        ({"stuck": {"FailureQueue": 1}}, "FailureQueue is empty"),
        ({"stuck": {"DropDeadLetterQueue": 1}}, "DropDeadLetterQueue is empty"),
    ],
)
def test_a_check_fails_on_what_it_is_there_for(good: Evidence, change: dict[str, Any], name: str):
    merged = {
        field: {**getattr(good, field), **value} if isinstance(value, dict) else value
        for field, value in change.items()
    }

    assert name in failed(replace(good, **merged))


@pytest.mark.parametrize(
    ("encryption", "meaning"),
    [
        ("AES256", "it can be shared with another account"),
        ("aws:kms arn:aws:kms:us-east-1:123456789012:key/1a2b", "no other account can read it"),
    ],
)
def test_the_encryption_says_whether_the_model_can_be_shared(
    good: Evidence, encryption: str, meaning: str
):
    results = checks(replace(good, model_encryption=encryption), RUN, images=4, epochs=2)
    [check] = [result for result in results if result.name == "its model is encrypted"]

    assert check.passed
    assert check.seen.startswith(encryption)
    assert meaning in check.seen


def test_an_image_without_a_side_is_noticed(good: Evidence):
    assert "every image has a side" in failed(replace(good, manifest=good.manifest[:-1]))


def test_the_cost_is_what_aws_bills(good: Evidence):
    def price(dollars: float) -> Price:
        return Price(dollars)

    usage = {name: price(1.0) for name in ("lambda_time", "lambda_request", "s3_write")}
    prices = Prices("us-east-1", usage, {"ml.m5.xlarge": price(3600.0)})

    training, functions, objects = trial_charges(prices, good)
    # Spot: SageMaker bills less than it trained.
    cheaper = replace(good, job=good.job | {"BillableTimeInSeconds": 30})

    assert training.dollars == 90
    assert trial_charges(prices, cheaper)[0].dollars == 30
    assert functions.dollars == 4 * 1 + 4 * 1  # GB-seconds and calls of the four functions
    assert objects.dollars == 1


def test_an_instance_without_a_price_has_a_row(good: Evidence):
    good.job["ResourceConfig"]["InstanceType"] = "ml.g6.12xlarge"
    console = Console(width=200)

    with console.capture() as captured:
        console.print(cost_table(read_prices(), good))

    text = captured.get()
    assert " 90 s x the price of ml.g6.12xlarge, see https://aws.amazon.com/" in text
    assert re.search(r"training on ml\.g6\.12xlarge .* unknown", text)
    assert re.search(r"total +0\.\d+ and the unknown", text)
