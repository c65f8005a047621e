"""The alarms: each failure tells, also while an earlier one's message still lies in its queue.

Each says what to do, and together they cost less than a dollar a month.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from operations.costs import alarm_metrics
from tests.template.references import references

ALARMS = {"FailureAlarm": "FailureQueue", "DropFailureAlarm": "DropDeadLetterQueue"}


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_turns_at_the_first_message_and_tells_people(resources: dict[str, Any], name: str):
    alarm = resources[name]["Properties"]

    assert alarm["AlarmActions"] == [{"Ref": "Topic"}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) == 1
    assert alarm["TreatMissingData"] == "notBreaching"


def test_what_others_send_is_counted_as_it_is_sent(resources: dict[str, Any]):
    """Lambda, Scheduler and EventBridge send messages there as anybody would."""
    alarm = resources["FailureAlarm"]["Properties"]

    assert (alarm["MetricName"], alarm["Statistic"]) == ("NumberOfMessagesSent", "Sum")
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["FailureQueue", "QueueName"]}}
    ]


def test_what_sqs_moves_itself_is_seen_as_growth(resources: dict[str, Any]):
    """SQS counts nothing as sent that it moves to a dead-letter queue by a redrive policy.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    growth, visible = resources["DropFailureAlarm"]["Properties"]["Metrics"]

    assert growth["Expression"] == f"DIFF(FILL({visible['Id']}, 0))"
    assert (growth["ReturnData"], visible["ReturnData"]) == (True, False)
    metric = visible["MetricStat"]["Metric"]
    assert metric["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert metric["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["DropDeadLetterQueue", "QueueName"]}}
    ]


def test_every_dead_letter_queue_has_its_alarm(resources: dict[str, Any]):
    queues = {name for name, resource in resources.items() if resource["Type"] == "AWS::SQS::Queue"}

    assert queues - {"DropQueue", "InboxQueue"} == set(ALARMS.values())


@pytest.mark.parametrize(
    ("name", "metric", "threshold", "periods"),
    [
        ("ThrottleAlarm", ("AWS/Lambda", "Throttles", "Sum"), 0, 3),
        ("DriftAlarm", ("droptrain", "Drift", "Maximum"), 3, 1),
    ],
)
def test_what_goes_wrong_without_an_error_is_watched(
    resources: dict[str, Any], name: str, metric: tuple[str, str, str], threshold: int, periods: int
):
    alarm = resources[name]["Properties"]

    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == metric
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (threshold, periods)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["AlarmActions"] == [{"Ref": "Topic"}]
    assert alarm["TreatMissingData"] == "notBreaching"


def test_the_functions_share_one_pool(resources: dict[str, Any]):
    """Lambda's throttles without a dimension are those of all functions, as its concurrency is."""
    assert "Dimensions" not in resources["ThrottleAlarm"]["Properties"]


def test_uploads_may_wait_in_neither_queue(resources: dict[str, Any]):
    alarm = resources["BacklogAlarm"]["Properties"]
    age, *waiting = alarm["Metrics"]

    ids = ", ".join(f"FILL({metric['Id']}, 0)" for metric in waiting)
    assert age["Expression"] == f"MAX([{ids}])"
    assert (alarm["Threshold"], alarm["AlarmActions"]) == (900, [{"Ref": "Topic"}])
    measured = [metric["MetricStat"] for metric in waiting]
    assert [list(references(metric)) for metric in measured] == [["DropQueue"], ["InboxQueue"]]
    assert {metric["Metric"]["MetricName"] for metric in measured} == {
        "ApproximateAgeOfOldestMessage"
    }


def test_drift_is_that_of_this_stack(resources: dict[str, Any]):
    """Two stacks of an account send the same metric; its dimension is the stack's bucket."""
    alarm = resources["DriftAlarm"]["Properties"]

    assert alarm["Dimensions"] == [{"Name": "bucket", "Value": {"Ref": "Bucket"}}]
    assert alarm["Period"] == 86_400


def test_errors_are_summed_over_the_functions_that_have_no_queue_of_their_own(
    resources: dict[str, Any],
):
    errors, *metrics = resources["ErrorAlarm"]["Properties"]["Metrics"]

    assert errors["Expression"] == " + ".join(f"FILL({metric['Id']}, 0)" for metric in metrics)
    assert [list(references(metric["MetricStat"]["Metric"])) for metric in metrics] == [
        ["SplitFunction"],
        ["LaunchFunction"],
        ["PlotFunction"],
    ]
    # An event that is given up has three, and FailureAlarm.
    assert resources["ErrorAlarm"]["Properties"]["Threshold"] == 2 * 3


def alarms(resources: dict[str, Any]) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def test_every_alarm_says_what_to_do_and_may_notify(resources: dict[str, Any]):
    [allow, _] = resources["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = list(references(allow["Condition"]["ArnEquals"]))

    assert sorted(allowed) == sorted(alarms(resources))
    for name, alarm in alarms(resources).items():
        assert "1. " in alarm["AlarmDescription"], name
        assert "docs/operations.md" in alarm["AlarmDescription"], name
        # SNS puts it into the e-mail; CloudWatch accepts 1,024 characters.
        assert len(alarm["AlarmDescription"]) < 500, name


def test_the_alarms_have_fewer_metrics_than_are_free(resources: dict[str, Any]):
    assert alarm_metrics(resources) == 9


def test_the_dashboard_shows_every_alarm_and_function(resources: dict[str, Any]):
    dashboard = resources["OperationsDashboard"]
    body = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]

    assert dashboard["Condition"] == "HasDashboard"
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
    assert len(widgets) == 5
    functions = {
        name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::Function"
    }
    assert {*alarms(resources), *functions} <= set(references(dashboard["Properties"]))
