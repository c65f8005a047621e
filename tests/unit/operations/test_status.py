"""Where a stack stands, in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from operations.jobs import StackJob
from operations.stack import DeployedStack
from operations.status import StackStatus, ago, needs_attention, sentences, unconfirmed

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
STACK = DeployedStack(
    name="demo",
    arn="arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b",
    region="eu-west-1",
    status="CREATE_COMPLETE",
    created_at=NOW,
    resources={
        "Bucket": "demo-bucket",
        "FailureQueue": "https://sqs/failures",
        "DropDeadLetterQueue": "https://sqs/drops",
    },
)


def stack_status(**changes: Any) -> StackStatus:
    values: dict[str, Any] = {
        "stack": STACK,
        "status_json": {},
        "jobs": list[StackJob](),
        "stuck": {"FailureQueue": 0, "DropDeadLetterQueue": 0},
        "unconfirmed": list[str](),
    }
    return StackStatus(**{**values, **changes})


@pytest.fixture(autouse=True)
def _in_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_before_the_first_drop_it_says_how_to_drop():
    first, second = sentences(stack_status(), NOW)

    assert first == "Stack demo in eu-west-1: CREATE_COMPLETE."
    assert "aws s3 sync ./images s3://demo-bucket/raw/" in second


def test_drop_and_run_have_their_times_and_sentences():
    status_json = {
        "drop": {
            "state": "launched",
            "sentence": "40 images are being trained on.",
            "updated_at": "2026-11-22T11:50:00+00:00",
        },
        "run": {
            "state": "done",
            "sentence": "Training is done.",
            "updated_at": "2026-11-22T11:59:30+00:00",
            "plots": ["runs/r-1/plots/accuracy.png"],
            "review": "runs/r-1/review.html",
            "doubtful_labels": "12 images may be labelled wrong",
        },
    }

    lines = sentences(stack_status(status_json=status_json), NOW)

    assert lines[1:] == [
        "The drop: launched, since 2026-11-22 11:50 UTC, 10 minutes ago.",
        "  40 images are being trained on.",
        "The newest run: done, since 2026-11-22 11:59 UTC, less than a minute ago.",
        "  Training is done.",
        "  Its plots: aws s3 sync s3://demo-bucket/runs/r-1/plots/ ./plots",
        "  12 images may be labelled wrong: aws s3 cp s3://demo-bucket/runs/r-1/review.html .",
    ]


def test_a_model_that_waits_is_shown_with_its_command():
    status_json = {
        "model": {
            "state": "candidate",
            "sentence": "r-1 is the current model. r-2 waits.",
            "updated_at": "2026-11-22T11:50:00+00:00",
            "to_promote": "droptrain promote r-2",
        }
    }

    lines = sentences(stack_status(status_json=status_json), NOW)

    assert lines[1:] == [
        "The model: candidate, since 2026-11-22 11:50 UTC, 10 minutes ago.",
        "  r-1 is the current model. r-2 waits.",
        "  To make it the current model: droptrain promote r-2",
    ]


def test_nothing_waits_for_a_person_when_all_is_well():
    assert needs_attention(stack_status()) == []


def test_stuck_events_name_the_command_that_shows_them():
    failed, dropped = needs_attention(
        stack_status(stuck={"FailureQueue": 1, "DropDeadLetterQueue": 3})
    )

    assert failed.startswith("One event could not be handled after all retries.")
    assert "  droptrain redrive --stack demo --region eu-west-1 --dry-run\n" in failed
    assert dropped.startswith("3 events of uploads")
    assert "--queue-url https://sqs/drops" in dropped


def test_an_unconfirmed_address_is_named():
    subscriptions = [
        {"Endpoint": "new@example.com", "SubscriptionArn": "PendingConfirmation"},
        {"Endpoint": "old@example.com", "SubscriptionArn": "arn:aws:sns:eu-west-1:1:topic:2"},
    ]

    [line] = needs_attention(stack_status(unconfirmed=unconfirmed(subscriptions)))

    assert line.startswith("new@example.com has not confirmed")


def test_a_failed_update_of_the_stack_is_reported():
    stack = DeployedStack(
        **{**vars(STACK), "status": "UPDATE_ROLLBACK_COMPLETE", "reason": "No quota."}
    )

    assert needs_attention(stack_status(stack=stack)) == [
        "The last update of the stack failed. No quota."
    ]


def test_jobs_are_known_by_the_first_block_of_the_stacks_uuid():
    assert STACK.job_prefix == "1a2b3c4d-"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "less than a minute"), (60, "1 minute"), (7300, "2 hours"), (200000, "2 days")],
)
def test_times_are_written_for_people(seconds: int, text: str):
    assert ago(NOW - dt.timedelta(seconds=seconds), NOW).endswith(f"UTC, {text} ago")
