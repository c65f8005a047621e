"""What `droptrain status` finds out."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from common import keys
from operations.jobs import running_jobs
from operations.status import read_status
from tests.integration.operations.conftest import Demo, set_job_status
from tests.support.command_line import main
from tests.support.foreign_jobs import add_foreign_jobs, counted_calls

STATUS_JSON = {
    "drop": {
        "state": "refused",
        "sentence": "The class oil has 3 images; each needs 10.",
        "updated_at": "2026-11-22T11:50:00+00:00",
    }
}


def test_the_command_prints_the_state_of_the_drop(demo: Demo, capfd: pytest.CaptureFixture[str]):
    demo.put(keys.STATUS_JSON, json.dumps(STATUS_JSON).encode())

    assert main(["status", "--stack", "demo"]) == 0

    text = capfd.readouterr().out
    assert "The drop: refused" in text
    assert STATUS_JSON["drop"]["sentence"] in text


def test_before_the_first_drop_there_is_no_board(demo: Demo, capfd: pytest.CaptureFixture[str]):
    assert main(["status", "--stack", "demo"]) == 0

    assert "Nothing has been dropped yet." in capfd.readouterr().out


def test_runs_of_this_stack_are_listed_newest_first(demo: Demo):
    prefix = demo.stack.job_prefix
    for name in (f"{prefix}aaaa-1", f"{prefix}aaaa-2", f"other-{prefix}1"):
        demo.start_job(name)
    set_job_status(f"{prefix}aaaa-1", "Failed")

    jobs = read_status(demo.clients, demo.stack).jobs

    assert {job.name: job.status for job in jobs} == {
        f"{prefix}aaaa-1": "Failed",
        f"{prefix}aaaa-2": "InProgress",
    }


def test_an_account_full_of_jobs_costs_few_calls(demo: Demo, monkeypatch: pytest.MonkeyPatch):
    """5,000 foreign jobs, one an hour: 24 since the stack was made, 264 in eleven days."""
    add_foreign_jobs(5000, dt.timedelta(hours=1), monkeypatch)
    run = f"{demo.stack.job_prefix}aaaa-1"
    demo.start_job(run)
    stack = replace(demo.stack, created_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=23.5))

    with counted_calls(demo.clients.sagemaker) as calls:
        [shown] = read_status(demo.clients, stack).jobs
        assert shown.name == run
        assert calls == {"ListTrainingJobs": 2}
        [running] = running_jobs(demo.clients.sagemaker, stack.job_prefix)
        assert running.name == run
        assert calls == {"ListTrainingJobs": 2 + 4}


def test_stuck_messages_are_counted_and_left_where_they_are(demo: Demo):
    url = demo.stack.resources["FailureQueue"]
    demo.clients.sqs.send_message(QueueUrl=url, MessageBody="{}")

    for _ in range(2):
        assert read_status(demo.clients, demo.stack).stuck == {
            "FailureQueue": 1,
            "DropDeadLetterQueue": 0,
        }
