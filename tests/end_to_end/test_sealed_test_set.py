"""A sealed test set beside the drop: trained on by no run, measured by each, and looks counted."""

from __future__ import annotations

import json
from typing import Any

from tests.end_to_end.conftest import Chain
from tests.support.aws import png

NEW = ("test/good/new 1.png", "test/iron ash/new 2.png")


def figures(chain: Chain, run: str) -> dict[str, Any]:
    body = chain.s3.get_object(Bucket=chain.bucket, Key=f"runs/{run}/metrics.json")["Body"].read()
    tested: dict[str, Any] = json.loads(body)["figures"]["sealed_test"]
    return tested


def channels(chain: Chain, run: str) -> set[str]:
    job = chain.sagemaker.describe_training_job(TrainingJobName=run)
    return {channel["ChannelName"] for channel in job["InputDataConfig"]}


def test_it_is_measured_by_each_run_and_trained_on_by_none(chain: Chain):
    chain.deploy()
    with chain.unnoticed():
        for key in NEW:
            chain.put(key, png(key))
        chain.put("test/good/seen.png", png("good/0.png"))
        chain.drop_classes()
    chain.ready()
    first = chain.await_run("done")["run"]

    assert (figures(chain, first)["looks"], figures(chain, first)["accuracy"]["of"]) == (1, 3)
    assert "test" in channels(chain, first)
    copies = {key.split("/")[1] for key in chain.keys("datasets/")}
    assert copies == {"train", "validation", "test"}
    assert len(chain.keys("datasets/")) == 23 + 3

    chain.drop_classes(prefix="more ")
    chain.ready()
    chain.wait_until(lambda: len(chain.jobs()) == 2)
    second = chain.await_run("done", run=chain.jobs()[1])["run"]
    assert figures(chain, second)["looks"] == 2

    chain.put("test/good/new 3.png", png("new 3"))
    chain.drop(["good/more 0.png"])  # as it was
    chain.ready()
    chain.await_answer("Launch", outcome="trained", run=second)
    assert chain.jobs() == [first, second]
    assert chain.problems() == []


def test_without_one_the_job_has_no_channel_for_it(chain: Chain):
    chain.deploy()
    chain.drop_classes()
    chain.ready()

    run = chain.await_run("done")["run"]

    assert "test" not in channels(chain, run)
