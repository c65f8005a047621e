"""The wiring: bucket → queue → intake → schedule → split → launch; rule → plot and split."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from common import clock, keys
from common.documents import JsonDocument, ScheduleEvent, WatchEvent
from local_cloud.cloud.schedules import due, with_attributes
from predict.window import PagesEvent
from tests.template.references import cycle, graph, references

FUNCTIONS = (
    *("IntakeFunction", "SplitFunction", "LaunchFunction", "PlotFunction", "WatchFunction"),
    "PredictFunction",
)


def properties(resources: dict[str, Any], name: str) -> dict[str, Any]:
    values: dict[str, Any] = resources[name]["Properties"]
    return values


def of_type(resources: dict[str, Any], type_name: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource.get("Properties", {})
        for name, resource in resources.items()
        if resource["Type"] == type_name
    }


def invoke_config(resources: dict[str, Any], function: str) -> dict[str, Any]:
    [config] = [
        config
        for config in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
        if config["FunctionName"] == {"Ref": function}
    ]
    return config


def environment(resources: dict[str, Any], function: str) -> dict[str, Any]:
    variables: dict[str, Any] = properties(resources, function)["Environment"]["Variables"]
    return variables


def test_nothing_goes_in_a_circle(resources: dict[str, Any]):
    assert cycle(graph(resources)) == []


def test_a_circle_would_be_found(resources: dict[str, Any]):
    broken = copy.deepcopy(resources)
    broken["DropQueuePolicy"]["Properties"]["Extra"] = {"Fn::GetAtt": ["Bucket", "Arn"]}

    assert set(cycle(graph(broken))) == {"Bucket", "DropQueuePolicy"}


def test_bucket_to_queue(resources: dict[str, Any]):
    configurations = properties(resources, "Bucket")["NotificationConfiguration"]

    assert set(configurations) == {"QueueConfigurations"}
    notified = [
        (configuration["Event"], *references(configuration["Queue"]), prefix_of(configuration))
        for configuration in configurations["QueueConfigurations"]
    ]
    assert notified == [
        ("s3:ObjectCreated:*", "DropQueue", keys.RAW),
        ("s3:ObjectRemoved:*", "DropQueue", keys.RAW),
        ("s3:ObjectCreated:*", "InboxQueue", keys.INBOX),
        ("s3:ObjectCreated:*", "InboxQueue", keys.CURRENT_MODEL),
    ]


def prefix_of(configuration: dict[str, Any]) -> str:
    [rule] = configuration["Filter"]["S3Key"]["Rules"]
    assert rule["Name"] == "prefix"
    return str(rule["Value"])


@pytest.mark.parametrize(
    ("queue", "function", "at_once"),
    [("DropQueue", "IntakeFunction", 2), ("InboxQueue", "PredictFunction", 4)],
)
def test_queue_to_function(resources: dict[str, Any], queue: str, function: str, at_once: int):
    [mapping] = [
        mapping
        for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values()
        if mapping["FunctionName"] == {"Ref": function}
    ]

    assert list(references(mapping["EventSourceArn"])) == [queue]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": at_once}
    timeout = properties(resources, function)["Timeout"]
    assert properties(resources, queue)["VisibilityTimeout"] >= 6 * timeout
    redrive = properties(resources, queue)["RedrivePolicy"]
    assert list(references(redrive)) == ["DropDeadLetterQueue"]


def test_intake_to_schedule_to_split(resources: dict[str, Any]):
    variables = environment(resources, "IntakeFunction")

    assert list(references(variables["SCHEDULE_GROUP"])) == ["ScheduleGroup"]
    assert list(references(variables["SPLIT_FUNCTION_ARN"])) == ["SplitFunction"]
    assert list(references(variables["SCHEDULER_ROLE_ARN"])) == ["SchedulerRole"]


def test_split_to_launch(resources: dict[str, Any]):
    destinations = invoke_config(resources, "SplitFunction")["DestinationConfig"]

    assert list(references(destinations["OnSuccess"])) == ["LaunchFunction"]


def test_rule_to_plot_and_to_split(resources: dict[str, Any]):
    targets = properties(resources, "JobEndedRule")["Targets"]

    assert [list(references(target["Arn"])) for target in targets] == [
        ["PlotFunction"],
        ["SplitFunction"],
    ]
    permitted = {
        permission["FunctionName"]["Ref"]
        for permission in of_type(resources, "AWS::Lambda::Permission").values()
        if list(references(permission.get("SourceArn", ""))) == ["JobEndedRule"]
    }
    assert permitted == {"PlotFunction", "SplitFunction"}


@pytest.mark.parametrize(
    ("name", "function", "event"),
    [
        ("DailySplit", "SplitFunction", ScheduleEvent),
        ("DailyWatch", "WatchFunction", WatchEvent),
        ("DailyPredictions", "PredictFunction", PagesEvent),
    ],
)
def test_a_daily_schedule_sends_what_its_function_reads(
    resources: dict[str, Any], name: str, function: str, event: type[JsonDocument]
):
    schedule = properties(resources, name)
    target = schedule["Target"]
    time = clock.to_text(datetime(2026, 11, 27, 3, 30, tzinfo=UTC))
    text = with_attributes(target["Input"], "arn", clock.from_text(time))

    assert event.model_validate_json(text).model_dump()["kind"] == "daily"
    assert due(schedule["ScheduleExpression"], after=clock.from_text(time)) > clock.from_text(time)
    assert list(references(target["Arn"])) == [function]
    assert list(references(target["DeadLetterConfig"])) == ["FailureQueue"]
    # The role trusts schedules of this group alone.
    assert schedule["GroupName"] == {"Ref": "ScheduleGroup"}
    assert list(references(target["RoleArn"])) == ["SchedulerRole"]


def test_launch_to_schedule_to_watch(resources: dict[str, Any]):
    variables = environment(resources, "LaunchFunction")

    assert list(references(variables["WATCH_FUNCTION_ARN"])) == ["WatchFunction"]
    [policy] = of_type(resources, "AWS::IAM::Policy").keys() & {"SchedulerPolicy"}
    [invoke, _] = properties(resources, policy)["PolicyDocument"]["Statement"]
    assert list(references(invoke["Resource"])) == [
        "SplitFunction",
        "WatchFunction",
        "PredictFunction",
    ]


def test_no_prefix_that_a_function_writes_is_one_that_triggers_it(resources: dict[str, Any]):
    configurations = properties(resources, "Bucket")["NotificationConfiguration"]
    triggers = {prefix_of(one) for one in configurations["QueueConfigurations"]}
    # Plot writes the current model, and predict hears of it.
    written = {prefix for prefix in written_prefixes(resources) if prefix != keys.MODELS}

    assert len(written) > 10
    for prefix in written:
        for trigger in triggers:
            assert not prefix.startswith(trigger)
            assert not trigger.startswith(prefix)
    [predict] = properties(resources, "PredictRole")["Policies"]
    assert keys.MODELS not in str(
        [s for s in predict["PolicyDocument"]["Statement"] if "s3:PutObject" in actions(s)]
    )


def written_prefixes(resources: dict[str, Any]):
    """Yield the prefix of every key pattern that some role may write."""
    for statement in every_statement(resources):
        if {"s3:PutObject", "s3:*", "*"} & set(actions(statement)):
            named = statement["Resource"]
            for resource in named if isinstance(named, list) else [named]:
                yield resource["Fn::Sub"].removeprefix("${Bucket.Arn}/").split("*")[0]


def every_statement(resources: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what all roles may do, by their own policies and by those added on a condition."""
    added = of_type(resources, "AWS::IAM::Policy").values()
    own = of_type(resources, "AWS::IAM::Role").values()
    return [
        statement for policy in added for statement in policy["PolicyDocument"]["Statement"]
    ] + [statement for role in own for statement in statements(role)]


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        statement
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


@pytest.mark.parametrize("function", FUNCTIONS[1:])
def test_asynchronous_functions_have_retries_and_a_place_for_failures(
    resources: dict[str, Any], function: str
):
    config = invoke_config(resources, function)

    assert config["MaximumRetryAttempts"] == 2
    assert config["MaximumEventAgeInSeconds"] <= 21_600
    assert list(references(config["DestinationConfig"]["OnFailure"])) == ["FailureQueue"]


def test_the_rule_has_dead_letter_targets(resources: dict[str, Any]):
    for target in properties(resources, "JobEndedRule")["Targets"]:
        assert list(references(target["DeadLetterConfig"])) == ["FailureQueue"]
        assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 185


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_log_group_and_a_role_of_its_own(
    resources: dict[str, Any], function: str
):
    values = properties(resources, function)
    name = function.removesuffix("Function")

    assert values["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert values["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}LogGroup"}
    assert properties(resources, f"{name}LogGroup")["RetentionInDays"] == {
        "Ref": "LogRetentionDays"
    }
    assert "ReservedConcurrentExecutions" not in values
