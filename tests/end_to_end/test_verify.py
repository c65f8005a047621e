"""`make verify-aws` against the local cloud: what it would prove of an account."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import boto3
import pytest
from rich.console import Console

from local_cloud.cloud.arns import ARTIFACTS_BUCKET
from operations.clients import Clients
from operations.errors import OperationError
from operations.prices import read_prices
from operations.terminal import Terminal
from operations.verify import Trial
from tests.end_to_end.conftest import Chain
from tests.support.waiting import HANG_SECONDS

# Nothing here publishes a job's metrics to CloudWatch: only AWS can show that the role may.
ONLY_AWS = "its metrics are in CloudWatch"


class Desk:
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
        self.clients = Clients(boto3.Session(region_name="us-east-1"))

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
        found = [one["StackName"] for one in stacks] + [one["Name"] for one in buckets]
        return [name for name in found if name != ARTIFACTS_BUCKET]


@pytest.fixture
def desk(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(chain, monkeypatch)


@pytest.mark.long
def test_everything_but_the_metrics_holds_and_nothing_is_left(desk: Desk) -> None:
    (desk.chain.control / "predict").touch()
    passed = desk.try_out()

    failed = re.findall(r"^FAILED +(.*?)  +", desk.text, re.MULTILINE)
    assert failed == [ONLY_AWS], desk.text
    assert not passed
    assert "the stack can be deployed again under its name" in desk.text
    assert re.search(r"training on ml.m5.xlarge +\d+ s x \$0.23 / 3600 s", desk.text)
    assert desk.what_is_left() == []


@pytest.mark.long
def test_a_chain_that_fails_is_told_and_taken_down(desk: Desk) -> None:
    (desk.chain.control / "fail").touch()

    with pytest.raises(OperationError, match="'oil' has no readable image left"):
        desk.try_out()

    assert desk.what_is_left() == []


@pytest.mark.long
def test_a_stack_may_be_kept(desk: Desk) -> None:
    desk.try_out(keep=True)

    assert desk.chain.stack_name in desk.what_is_left()
    assert f"make delete STACK={desk.chain.stack_name}" in desk.text
