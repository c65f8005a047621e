"""What a user sees of the chain: drops in, runs out."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from local_cloud.cloud import schedules
from local_cloud.cloud.event_log import FunctionEnded, now
from tests.end_to_end.conftest import Chain


def test_a_drop_becomes_plots(chain: Chain):
    chain.deploy()
    chain.drop_classes()
    chain.ready()

    run = chain.await_run("done")["run"]

    assert chain.jobs() == [run]
    assert {
        f"runs/{run}/{name}"
        for name in (
            "history.json",
            "plots/accuracy.png",
            "plots/loss.png",
            "output/model.tar.gz",
            "output/output.tar.gz",
        )
    } <= set(chain.keys(f"runs/{run}/"))
    assert chain.keys("checkpoints/") == [f"checkpoints/{run}/epoch-0001.json"]
    assert chain.problems() == []


def test_a_burst_of_uploads_starts_one_job(chain: Chain, monkeypatch: pytest.MonkeyPatch):
    chain.deploy(QuietPeriodSeconds="1800")

    chain.drop([f"{c}/{n}.png" for c in ("good", "oil", "scratch", "stain") for n in range(250)])
    chain.await_intake(1000)
    assert chain.answers("Split") == []
    # The quiet period passes, but not the time in which the job must have ended.
    monkeypatch.setattr(schedules, "now", lambda: now() + timedelta(minutes=90))

    chain.await_run("done")
    assert len(chain.jobs()) == 1
    assert len(chain.keys("datasets/")) == 1000
    started = [answer for answer in chain.answers("Launch") if answer["outcome"] == "start"]
    assert len(started) == 1
    assert chain.problems() == []


def test_what_was_trained_is_not_trained_again_and_what_is_new_is(chain: Chain):
    chain.deploy(QuietPeriodSeconds="1")
    chain.drop_at_once()
    chain.await_run("done")

    chain.drop_at_once()  # the same again
    chain.await_drop("unchanged")
    with chain.unnoticed():
        chain.drop([".DS_Store", "good/Thumbs.db"])
        for class_name in ("good", "iron ash"):
            for number in range(12):  # the same under other names
                key = f"{class_name}/{number}.png"
                copied = chain.s3.get_object(Bucket=chain.bucket, Key=f"raw/{key}")["Body"].read()
                chain.drop([f"{class_name}/monday/copy of {number}.png"], copied)
    chain.ready()
    # The first drop's window and its job's end, the second drop's window, and this.
    assert chain.await_answers("Launch", 4)[-1]["outcome"] == "trained"
    assert len(chain.jobs()) == 1

    chain.drop_at_once(prefix="new ")
    first = chain.jobs()[0]
    run = chain.await_run("done", run=next_run(chain, first))["run"]

    assert chain.jobs() == [first, run]
    assert run.split("-")[1] != first.split("-")[1]
    assert chain.problems() == []


def next_run(chain: Chain, *known: str) -> str:
    """Wait for a job that is not among the known ones; return its name."""
    return chain.wait_until(lambda: [name for name in chain.jobs() if name not in known])[0]


def test_a_drop_during_a_job_is_trained_when_the_job_ends(chain: Chain):
    (chain.control / "hold").touch()
    chain.deploy()
    chain.drop_classes()
    chain.ready()
    first = next_run(chain)

    chain.drop_classes(prefix="second ")
    chain.ready()
    assert first in chain.await_drop("queued")["sentence"]
    chain.await_answer("Split", status="queued")
    assert chain.jobs() == [first]
    assert len(chain.keys("datasets/")) == 24  # what waits isn't copied yet

    (chain.control / "hold").unlink()
    second = chain.await_run("done", run=next_run(chain, first))["run"]
    assert chain.jobs() == [first, second]
    assert chain.status()["drop"]["state"] == "launched"
    assert chain.status()["drop"]["run"] == second


def test_a_failed_run_is_tried_again_when_asked_and_not_by_an_old_event(chain: Chain):
    (chain.control / "fail").touch()
    chain.deploy()
    chain.drop_classes()
    chain.ready()
    failed = chain.await_run("failed")
    assert "no readable image left" in failed["failure_reason"]
    [event] = [r.event for r in split_events(chain) if r.event.get("kind") == "ready"]

    chain.await_answers("Launch", 2)  # the marker's, and that at the job's end
    invoke_again(chain, event)  # the first event, delivered twice
    assert chain.await_answers("Launch", 3)[-1]["outcome"] == "not again"
    assert len(chain.jobs()) == 1

    (chain.control / "fail").unlink()
    chain.ready()
    second = chain.await_run("done")["run"]
    assert second == failed["run"][:-1] + "2"


def split_events(chain: Chain) -> list[FunctionEnded]:
    return [
        event
        for event in chain.cloud.events
        if isinstance(event, FunctionEnded) and "-SplitFunction" in event.function
    ]


def invoke_again(chain: Chain, event: dict[str, Any]) -> None:
    function = split_events(chain)[0].function
    chain.cloud.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
    )


def test_other_epochs_train_the_same_images_again(chain: Chain):
    chain.deploy()
    chain.drop_classes()
    chain.ready()
    first = chain.await_run("done")["run"]

    chain.deploy(Epochs="3")
    chain.ready()
    second = chain.await_run("done", run=next_run(chain, first))["run"]

    assert second.split("-")[1] == first.split("-")[1]
    assert second.split("-")[2] != first.split("-")[2]
    assert hyperparameters(chain, second)["epochs"] == "3"


def hyperparameters(chain: Chain, run: str) -> dict[str, str]:
    body = chain.s3.get_object(Bucket=chain.bucket, Key=f"runs/{run}/config.json")["Body"].read()
    hyperparameters: dict[str, str] = json.loads(body)["hyperparameters"]
    return hyperparameters


def test_the_third_run_of_a_day_is_capped_and_says_so(chain: Chain):
    chain.deploy(MaximumRunsPerDay="2")
    chain.drop_classes()
    runs: list[str] = []
    for number in range(2):
        chain.drop_classes(prefix=f"{number} ")
        chain.ready()
        runs.append(chain.await_run("done", run=next_run(chain, *runs))["run"])

    chain.drop_classes(prefix="third ")
    chain.ready()

    capped = chain.await_drop("capped")
    assert "limit of 2 training runs in 24 hours" in capped["sentence"]
    chain.await_answer("Split", status="capped")
    [again] = chain.schedules()
    assert again.startswith("split-again-")
    assert chain.status()["run"]["state"] == "done"
    assert chain.jobs() == runs


def test_a_refused_drop_starts_no_job(chain: Chain):
    chain.deploy()
    chain.drop([f"good/{n}.png" for n in range(12)])
    chain.ready()

    refused = chain.await_drop("refused")

    assert refused["code"] == "one-class"
    assert chain.await_answers("Launch", 1) == [{"outcome": "ignored", "run": None}]
    assert chain.jobs() == []


def test_a_stopped_job_says_so(chain: Chain):
    (chain.control / "hold").touch()
    chain.deploy()
    chain.drop_classes()
    chain.ready()
    run = next_run(chain)

    chain.sagemaker.stop_training_job(TrainingJobName=run)

    stopped = chain.await_run("stopped")
    assert stopped["run"] == run
    assert "raw/_READY" in stopped["sentence"]
