"""`droptrain status`: the state of the stack, the drop and the runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from rich.table import Table

from operations.clients import AccountClients, endpoint
from operations.jobs import StackJob, jobs_since
from operations.stack import DeployedStack
from operations.status_json import StatusJson, StatusPart, read_status_json
from operations.terminal import Terminal

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

RUNS_SHOWN = 5
QUEUES = ("FailureQueue", "DropDeadLetterQueue")


@dataclass(frozen=True)
class StackStatus:
    """The state of a stack; `stuck` counts messages by queue."""

    stack: DeployedStack
    status_json: StatusJson
    jobs: list[StackJob]
    stuck: dict[str, int]
    unconfirmed: list[str]


def read_status(clients: AccountClients, stack: DeployedStack) -> StackStatus:
    """Read the bucket, the queues, the topic and SageMaker."""
    jobs = jobs_since(clients.sagemaker, stack.job_prefix, stack.created_at)
    return StackStatus(
        stack=stack,
        status_json=read_status_json(clients.s3, stack.bucket) if stack.bucket else {},
        jobs=list(islice(jobs, RUNS_SHOWN)),
        stuck=stuck_messages(clients.sqs, stack.resources),
        unconfirmed=unconfirmed(_subscriptions(clients, stack)),
    )


def stuck_messages(sqs: SQSClient, resources: Mapping[str, str]) -> dict[str, int]:
    """Count the messages of each queue that should be empty; `resources` are a stack's."""
    wanted: Literal["ApproximateNumberOfMessages"] = "ApproximateNumberOfMessages"
    counts = {}
    for name in QUEUES:
        if url := resources.get(name):
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])
            counts[name] = int(answer["Attributes"][wanted])
    return counts


def show(terminal: Terminal, status: StackStatus, now: dt.datetime) -> None:
    """Print the state of the stack, the drop and the runs, and what needs attention."""
    for line in sentences(status, now):
        terminal.say(line)
    if status.jobs:
        terminal.say()
        terminal.console.print(runs_table(status.jobs, now))
    for line in needs_attention(status):
        terminal.say(f"\n! {line}")


def sentences(status: StackStatus, now: dt.datetime) -> list[str]:
    """Describe the stack, the drop, the newest run and the current model."""
    stack = status.stack
    at = f" at {endpoint()}" if endpoint() else ""
    lines = [f"Stack {stack.name} in {stack.region}{at}: {stack.status}."]
    if not status.status_json:
        command = f"aws s3 sync ./images s3://{stack.bucket}/raw/ --region {stack.region}"
        return [*lines, f"Nothing has been dropped yet. Drop images with: {command}"]
    drop, run = status.status_json.get("drop", {}), status.status_json.get("run", {})
    model = status.status_json.get("model", {})
    lines += [*_news("The drop", drop, now), *_news("The newest run", run, now)]
    if plots := run.get("plots"):
        folder = plots[0].rpartition("/")[0]
        lines.append(f"  Its plots: aws s3 sync s3://{stack.bucket}/{folder}/ ./plots")
    if review := run.get("review"):
        command = f"aws s3 cp s3://{stack.bucket}/{review} ."
        lines.append(f"  {run.get('doubtful_labels', 'Label review')}: {command}")
    lines += _news("The model", model, now)
    if promotion := model.get("to_promote"):
        lines.append(f"  To make it the current model: {promotion}")
    return lines


def _news(title: str, part: StatusPart, now: dt.datetime) -> list[str]:
    if not part:
        return []
    since = ago(dt.datetime.fromisoformat(part["updated_at"]), now)
    return [f"{title}: {part['state']}, since {since}.", f"  {part['sentence']}"]


def runs_table(jobs: list[StackJob], now: dt.datetime) -> Table:
    """Return a table of the newest training jobs."""
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "SageMaker's status", "started"):
        table.add_column(heading, no_wrap=True)
    table.add_column("minutes", justify="right")
    for job in jobs:
        minutes = ((job.ended_at or now) - job.created_at).total_seconds() / 60
        unknown = job.ended_at is None and not job.is_running
        table.add_row(
            job.name,
            job.status,
            f"{job.created_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC",
            "" if unknown else f"{minutes:.0f}",
        )
    return table


def needs_attention(status: StackStatus) -> list[str]:
    """List what somebody has to do, with the command that helps."""
    stack = status.stack
    lines = []
    if stack.status.endswith("FAILED") or "ROLLBACK" in stack.status:
        lines.append(f"The last update of the stack failed. {stack.reason}".rstrip())
    queues = stack.resources
    if count := status.stuck.get("FailureQueue"):
        lines.append(
            f"{_events_text(count)} could not be handled after all retries. See why, then send "
            f"again:\n{_redrive(stack)}"
        )
    if count := status.stuck.get("DropDeadLetterQueue"):
        lines.append(
            f"{_events_text(count)} of uploads could not be handled after five tries. Read one, "
            f"then send all again:\n  {_receive(queues['DropDeadLetterQueue'], stack.region)}\n"
            f"{_redrive(stack)}\n"
            "  For images under raw/, an object raw/_READY starts the split of all without them."
        )
    lines += [
        f"{address} has not confirmed: nothing is sent there until somebody follows the link in "
        'the mail "AWS Notification - Subscription Confirmation".'
        for address in status.unconfirmed
    ]
    return lines


def ago(moment: dt.datetime, now: dt.datetime) -> str:
    """Write a time, and how long ago it is."""
    seconds = max(0, int((now - moment).total_seconds()))
    gone = "less than a minute"
    for unit, size in (("minute", 60), ("hour", 3600), ("day", 86400)):
        if count := seconds // size:
            gone = f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC, {gone} ago"


def _subscriptions(clients: AccountClients, stack: DeployedStack) -> list[Any]:
    if "Topic" not in stack.resources:
        return []
    topic = stack.resources["Topic"]
    pages = clients.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    return [item for page in pages for item in page["Subscriptions"]]


def unconfirmed(subscriptions: list[dict[str, str]]) -> list[str]:
    """Return the addresses that have not confirmed; SNS then has no ARN for them.

    https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
    """
    return [
        item["Endpoint"]
        for item in subscriptions
        if item["SubscriptionArn"] == "PendingConfirmation"
    ]


def _events_text(count: int) -> str:
    return "One event" if count == 1 else f"{count} events"


def _redrive(stack: DeployedStack) -> str:
    command = f"  droptrain redrive --stack {stack.name} --region {stack.region}"
    return f"{command} --dry-run\n{command}"


def _receive(url: str, region: str) -> str:
    return (
        f"aws sqs receive-message --queue-url {url} --region {region} --visibility-timeout 0 "
        "--message-attribute-names All"
    )
