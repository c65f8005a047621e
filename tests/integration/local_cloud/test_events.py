"""Rules and schedules: permissions, states, dead-letter queues."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.cloud.arns import ACCOUNT, REGION
from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import ScheduleFired, Undelivered
from local_cloud.cloud.server import LocalCloud

Receive = Callable[..., list[Any]]


def put(cloud: LocalCloud, source: str, **detail: Any) -> None:
    entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail)}
    answer = cloud.client("events").put_events(Entries=[entry])  # type: ignore[list-item]
    assert answer["FailedEntryCount"] == 0


def test_a_rule_without_permission_reaches_its_dead_letter_queue_alone(
    cloud: LocalCloud, stack: Stack, messages: Receive
) -> None:
    put(cloud, "toy.unpermitted", number=1)
    [event] = messages(
        stack.outputs["FailureQueueUrl"],
        wanted=lambda body: body.get("detail") == {"number": 1},
    )
    assert event["source"] == "toy.unpermitted"
    assert event["_attributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert any(
        isinstance(event, Undelivered) and "permission" in event.reason for event in cloud.events
    )


@pytest.fixture
def rule(cloud: LocalCloud, queue: str, request: pytest.FixtureRequest) -> str:
    """A rule on the source `test.<name of the test>` that sends to `queue`; returns the source."""
    source = f"test.{request.node.originalname}"
    events = cloud.client("events")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    name = queue.rsplit("/", 1)[-1]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    events.put_targets(Rule=source, Targets=[{"Id": "queue", "Arn": arn}])
    return source


def allow(cloud: LocalCloud, queue: str, rule: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {
            "ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}"}
        },
    }
    policy = json.dumps({"Statement": [statement]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


def test_a_rule_sends_to_a_queue_that_allows_it(
    cloud: LocalCloud, queue: str, rule: str, messages: Receive
) -> None:
    put(cloud, rule, number=1)  # before the policy: lost, as in AWS
    put(cloud, "somebody.else", number=2)
    cloud.wait_for(lambda event: isinstance(event, Undelivered) and event.source.endswith(rule))
    allow(cloud, queue, rule)
    put(cloud, rule, number=3)
    event = messages(queue)[0]
    assert event["detail"] == {"number": 3}
    assert event["account"] == ACCOUNT
    assert dt.datetime.fromisoformat(event["time"]).tzinfo is not None


def test_a_disabled_rule_sends_nothing(
    cloud: LocalCloud, queue: str, rule: str, messages: Receive
) -> None:
    allow(cloud, queue, rule)
    cloud.client("events").disable_rule(Name=rule)
    put(cloud, rule, number=1)
    cloud.client("events").enable_rule(Name=rule)
    put(cloud, rule, number=2)
    assert [event["detail"] for event in messages(queue)] == [{"number": 2}]


def schedule(cloud: LocalCloud, name: str, target: str, **more: Any) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
    cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/any", **more},  # type: ignore[arg-type]
    )


def test_a_schedule_for_a_missing_function_ends_in_its_dead_letter_queue(
    cloud: LocalCloud, queue: str, messages: Receive
) -> None:
    missing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing"
    dead = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"
    schedule(cloud, "to-nobody", missing, Input='{"number": 1}', DeadLetterConfig={"Arn": dead})
    message = messages(queue)[0]
    assert message["number"] == 1
    assert message["_attributes"]["ERROR_CODE"]["StringValue"] == "ResourceNotFoundException"


def test_a_schedule_without_delete_fires_once_and_stays(
    cloud: LocalCloud, queue: str, messages: Receive
) -> None:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"
    schedule(cloud, "stays", arn, Input='{"number": 1}')
    messages(queue)
    # By the time that a later one has fired, the first was looked at again.
    schedule(cloud, "later", arn, Input='{"number": 2}')
    assert messages(queue)[0]["number"] == 2
    fired = [event.name for event in cloud.events if isinstance(event, ScheduleFired)]
    assert fired.count("stays") == 1
    assert cloud.client("scheduler").get_schedule(Name="stays")["State"] == "ENABLED"
    for name in ("stays", "later"):
        cloud.client("scheduler").delete_schedule(Name=name)
