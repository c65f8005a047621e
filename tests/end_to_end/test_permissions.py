"""Every request that a function really makes is one its role allows, and every grant is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends

from local_cloud.cloud.arns import ACCOUNT, REGION
from local_cloud.cloud.moto_patches import sagemaker
from tests.end_to_end.conftest import Chain
from tests.end_to_end.inbox import await_answers, await_table, promote, upload
from tests.support.aws import png
from tests.support.permissions import granted
from tests.support.requests import Recorder

# What Lambda itself does with a function's role; the local cloud does it with its own key.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
}
# Lambda sends the answer on to the launch.
BY_LAMBDA_FOR = {"Split": {"lambda:InvokeFunction"}}
FUNCTIONS = ("Intake", "Split", "Launch", "Plot", "Watch", "Predict")


def no_such_machine(*_: Any) -> None:
    raise ValidationError(message="Unsupported instance type for this region")


def test_the_roles_are_enough_and_not_more(
    chain: Chain, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
):
    chain.deploy(
        MaximumRunsPerDay="2",
        MaximumTrainingHoursPerMonth="3",
        QuietPeriodSeconds="1",
        Architecture="auto",
    )
    (chain.control / "predict").touch()  # so that its model becomes the current one
    be_refused(chain, monkeypatch)
    done = train(chain)
    fail(chain, done)
    promote(chain)
    await_answers(chain, upload(chain, range(3)))
    rows = await_table(chain, 3)
    predict(chain, kind="daily", day=rows[0]["time"][:10])  # compares with the validation images

    used = recorder.by_role()

    assert len(used) == len(FUNCTIONS)
    for function in FUNCTIONS:
        allowed, asked = chain.statements(chain.roles[function]), used[chain.roles[function]]
        refused = [permission for permission in asked if not granted(allowed, permission)]
        assert refused == [], f"{function} may not do what it does"
        unused = [
            grant
            for grant in grants(allowed)
            if grant["Action"] not in BY_LAMBDA | BY_LAMBDA_FOR.get(function, set())
            and not any(granted([grant], permission) for permission in asked)
        ]
        assert unused == [], f"{function} may do what it never does"


def be_refused(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop what can't be trained, and ask for a machine that isn't there."""
    with chain.unnoticed():
        chain.drop([f"good/{n}.png" for n in range(12)])
    chain.drop(["good/0.png"])
    chain.await_drop("refused")
    with monkeypatch.context() as patch:
        patch.setattr(sagemaker, "require_free_name", no_such_machine)
        chain.drop_at_once()
        chain.await_answer("Launch", outcome="not started")


def train(chain: Chain) -> str:
    """Train, report the run twice, and ask the watch; return the run."""
    chain.put("test/good/new.png", png("test/good/new.png"))
    chain.ready()
    done: str = chain.await_run("done")["run"]
    chain.s3.delete_object(Bucket=chain.bucket, Key=f"runs/{done}/metrics.json")
    chain.ready()
    chain.await_answer("Launch", outcome="redraw", run=done)
    chain.await_answers("Plot", 2)
    assert watch(chain, kind="job", run=done) == "reported"
    forget_news_of_drop(chain)
    assert watch(chain, kind="daily") == "drop stuck"
    return done


def fail(chain: Chain, done: str) -> None:
    """Let a job fail after its first epoch, and reach the daily limit."""
    # The job seems to have taken so long that its billed time is asked for.
    sagemaker_backends[ACCOUNT][REGION].training_jobs[done].training_end_time += timedelta(hours=2)
    (chain.control / "fail").touch()
    hold = chain.control / "hold"
    hold.touch()
    chain.drop_at_once(prefix="others ")
    chain.wait_until(lambda: len(chain.jobs()) == 2)
    assert watch(chain, kind="job", run=chain.jobs()[1]) == "running"
    hold.unlink()
    failed = chain.await_run("failed")
    assert "It had completed 1 epoch" in failed["sentence"]  # as its checkpoint says
    chain.drop_at_once(prefix="more ")
    # The notification and the schedule come after the status.
    chain.await_answer("Split", status="capped")


def watch(chain: Chain, **event: str) -> str:
    """Start the watch, and return what it found."""
    answer = chain.cloud.client("lambda").invoke(
        FunctionName=chain.resources["WatchFunction"], Payload=json.dumps(event).encode()
    )
    outcome: str = json.loads(answer["Payload"].read())["outcome"]
    return outcome


def predict(chain: Chain, **event: str) -> None:
    """Let predict write the pages of a day."""
    answer = chain.cloud.client("lambda").invoke(
        FunctionName=chain.resources["PredictFunction"], Payload=json.dumps(event).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def forget_news_of_drop(chain: Chain) -> None:
    """Let the status say for hours that launch is about to start a job."""
    status = chain.status()
    long_ago = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    status["drop"] = {"state": "ready", "sentence": "", "updated_at": long_ago, "as_of": long_ago}
    chain.put("status.json", json.dumps(status).encode())


def grants(allowed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Take statements apart: one action on one resource each."""
    for statement in allowed:
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                yield {"Action": action, "Resource": resource}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
