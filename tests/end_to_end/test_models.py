"""Which model answers: the first run's, not a worse one's, until a person says so and goes back."""

from __future__ import annotations

import datetime as dt
import json

import boto3
import pytest
from rich.console import Console

from local_cloud.cloud.arns import REGION
from operations import status
from operations.clients import AccountClients
from operations.promote import promote, roll_back
from operations.stack import find_stack
from operations.status_json import read_status_json
from operations.terminal import Terminal
from tests.end_to_end.conftest import Chain

SIZE = 40  # images of a class: 16 of both are validated on, enough to prove that all went wrong


def current(chain: Chain) -> str:
    body = chain.s3.get_object(Bucket=chain.bucket, Key="models/current.json")["Body"].read()
    run: str = json.loads(body)["run"]
    return run


def history(chain: Chain) -> list[tuple[str, str]]:
    body = chain.s3.get_object(Bucket=chain.bucket, Key="models/history.jsonl")["Body"].read()
    lines = [json.loads(line) for line in body.splitlines()]
    return [(line["by"], line["run"]) for line in lines]


def test_a_worse_run_waits_until_a_person_promotes_it(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
):
    predict = chain.control / "predict"
    predict.touch()
    chain.deploy()
    chain.drop_classes(SIZE)
    chain.ready()
    first = chain.await_run("done")["run"]
    assert current(chain) == first

    predict.write_text("wrong")
    chain.drop_classes(prefix="more ")
    chain.ready()
    chain.wait_until(lambda: len(chain.jobs()) == 2)
    second = chain.await_run("done", run=chain.jobs()[1])["run"]

    assert current(chain) == first
    monkeypatch.setenv("AWS_ENDPOINT_URL", chain.cloud.endpoint)
    clients = AccountClients(boto3.Session("testing", "testing", region_name=REGION))
    stack = find_stack(clients, chain.stack_name)
    lines = status.sentences(status.read_status(clients, stack), dt.datetime.now(dt.UTC))
    assert f"  To make it the current model: droptrain promote {second}" in lines
    assert any(f"it is worse than the current model, {first}" in line for line in lines)

    terminal = Terminal(Console(quiet=True))
    promote(terminal, clients, stack, second)
    assert current(chain) == second
    assert "to_promote" not in read_status_json(clients.s3, chain.bucket)["model"]

    roll_back(terminal, clients, stack)
    assert current(chain) == first
    predict.write_text("")
    chain.drop_classes(prefix="yet more ")
    chain.ready()
    chain.wait_until(lambda: len(chain.jobs()) == 3)
    third = chain.await_run("done", run=chain.jobs()[2])["run"]

    assert history(chain) == [
        ("gate", first),
        ("promote", second),
        ("rollback", first),
        ("gate", third),
    ]
    assert chain.problems() == []
