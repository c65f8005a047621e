"""`droptrain verify` against the local cloud: what it would prove of an account."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import boto3
import pytest
from rich.console import Console

from local_cloud.cloud.arns import ARTIFACTS_BUCKET
from operations.clients import AccountClients
from operations.errors import OperationError
from operations.prices import read_prices
from operations.terminal import Terminal
from operations.trial.trial import Trial
from tests.end_to_end.conftest import Chain
from tests.support.waiting import HANG_SECONDS

# Nothing here publishes a job's metrics to CloudWatch: only AWS can show that the role may.
ONLY_AWS = "its metrics are in CloudWatch"


class Operator:
    """Somebody who tries a stack out; `text` is what the terminal showed."""

    def __init__(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "AWS_ENDPOINT_URL": chain.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }.items():
            monkeypatch.setenv(name, value)
        self.chain = chain
        self.out = io.StringIO()
        self.clients = AccountClients(boto3.Session(region_name="us-east-1"))

    @property
    def text(self) -> str:
        return self.out.getvalue()

    def try_out(self, *, keep: bool = False) -> bool:
        def deploy(parameters: Mapping[str, str]) -> None:
            self.chain.deploy(**parameters)

        trial = Trial(
            Terminal(Console(file=self.out, width=200), assume_yes=True),
            self.clients,
            self.chain.stack_name,
            deploy,
            {"QuietPeriodSeconds": "1", "Epochs": "2"},
            patience=HANG_SECONDS,
            poll=0.2,
        )
        return trial.run(read_prices(), keep=keep)

    def what_is_left(self) -> list[str]:
        stacks = self.clients.cloudformation.describe_stacks()["Stacks"]
        buckets = self.clients.s3.list_buckets()["Buckets"]
        leftovers = [stack["StackName"] for stack in stacks] + [
            bucket["Name"] for bucket in buckets
        ]
        return [name for name in leftovers if name != ARTIFACTS_BUCKET]


@pytest.fixture
def operator(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Operator:
    return Operator(chain, monkeypatch)


@pytest.mark.long
def test_everything_but_the_metrics_holds_and_nothing_is_left(operator: Operator) -> None:
    (operator.chain.control / "predict").touch()
    passed = operator.try_out()

    failed = re.findall(r"^FAILED +(.*?)  +", operator.text, re.MULTILINE)
    assert failed == [ONLY_AWS], operator.text
    assert not passed
    assert "the stack can be deployed again under its name" in operator.text
    assert re.search(r"training on ml.m5.xlarge +\d+ s x \$0.23 / 3600 s", operator.text)
    assert operator.what_is_left() == []


@pytest.mark.long
def test_a_chain_that_fails_is_reported_and_deleted(operator: Operator) -> None:
    (operator.chain.control / "fail").touch()

    with pytest.raises(OperationError, match="'oil' has no readable image left"):
        operator.try_out()

    assert operator.what_is_left() == []


@pytest.mark.long
def test_a_stack_may_be_kept(operator: Operator) -> None:
    operator.try_out(keep=True)

    assert operator.chain.stack_name in operator.what_is_left()
    assert f"droptrain delete --stack {operator.chain.stack_name}" in operator.text
