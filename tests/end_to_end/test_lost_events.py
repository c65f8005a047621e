"""What is lost on the way is noticed: the end of a job, an upload, an event that was given up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from local_cloud.cloud import schedules
from local_cloud.cloud.arns import REGION
from local_cloud.cloud.event_log import now as true_now
from local_cloud.cloud.server import LocalCloud
from operations.clients import AccountClients
from operations.redrive import redrive
from operations.stack import find_stack
from operations.terminal import Terminal
from tests.end_to_end.conftest import Chain


def advance(monkeypatch: pytest.MonkeyPatch, by: dt.timedelta) -> None:
    """Let Scheduler believe that it is later, so that it fires what is due by then."""
    monkeypatch.setattr(schedules, "now", lambda: true_now() + by)


def until_daily_split() -> dt.timedelta:
    """Return the time until shortly after the template's daily schedules have fired."""
    now = true_now()
    morning = now.replace(hour=3, minute=31, second=0, microsecond=0)
    return morning - now + dt.timedelta(days=1)


def test_a_job_whose_end_is_swallowed_still_ends_in_a_report(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
):
    chain.deploy(MaximumRunSeconds="60")
    hold = chain.control / "hold"
    hold.touch()
    chain.drop_classes()
    chain.ready()
    chain.await_run("training")
    chain.drop_classes(prefix="later-")
    chain.ready()
    chain.await_drop("queued")
    events, rule = chain.cloud.client("events"), chain.resources["JobEndedRule"]
    events.disable_rule(Name=rule.rpartition("/")[2])
    [job] = chain.jobs()
    hold.unlink()
    chain.wait_until(lambda: chain._ended_jobs() == [job])
    events.enable_rule(Name=rule.rpartition("/")[2])
    assert chain.status()["run"]["state"] == "training"

    advance(monkeypatch, dt.timedelta(minutes=17))

    chain.await_answer("Watch", outcome="sent", run=job)
    chain.await_answer("Plot", run=job, state="done", notified=True)
    assert chain.keys(f"runs/{job}/report.html")
    # The drop that waited for the job is trained, too.
    chain.wait_until(lambda: len(chain.jobs()) == 2)
    chain.await_run("done", chain.jobs()[1])
    assert chain.undelivered() == {"FailureQueue": 0, "DropDeadLetterQueue": 0}


def test_uploads_that_s3_never_told_of_are_trained_within_a_day(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
):
    chain.deploy(QuietPeriodSeconds="60")
    with chain.unnoticed():
        chain.drop_classes()

    advance(monkeypatch, until_daily_split())

    chain.await_run("done")
    assert len(chain.jobs()) == 1


def test_a_launch_that_fails_three_times_is_in_the_status_and_can_be_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with LocalCloud(tmp_path / "cloud", retry_delays=(0.1, 0.1)) as cloud:
        chain = Chain(cloud, tmp_path)
        chain.deploy()
        set_volume(chain, "none")
        chain.drop_classes()
        chain.ready()

        chain.wait_until(lambda: chain.undelivered()["FailureQueue"] == 1)

        page = chain.s3.get_object(Bucket=chain.bucket, Key="status.html")["Body"].read().decode()
        assert ">failing<" in page
        assert "Starting the training failed" in page
        assert "VOLUME_GIGABYTES" in page
        assert "raw/_READY" in page
        assert chain.status()["state"] == "failing"

        set_volume(chain, "30")
        monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
        clients = AccountClients(boto3.Session("testing", "testing", region_name=REGION))
        terminal = Terminal(Console(quiet=True), assume_yes=True)
        assert redrive(terminal, clients, find_stack(clients, chain.stack_name), dry_run=False)

        chain.await_run("done")
        assert chain.undelivered()["FailureQueue"] == 0


def set_volume(chain: Chain, gigabytes: str) -> None:
    """Give launch another setting than the template's."""
    functions: Any = chain.cloud.client("lambda")
    name = chain.resources["LaunchFunction"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = {key: str(value) for key, value in variables.items()}  # moto keeps numbers
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": variables | {"VOLUME_GIGABYTES": gigabytes}}
    )
    chain.cloud.refresh()
