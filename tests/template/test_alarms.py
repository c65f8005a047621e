"""The alarms: each failure tells, also while an earlier one's message still lies in its queue."""

from __future__ import annotations

from typing import Any

import pytest

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

    assert queues - {"DropQueue"} == set(ALARMS.values())
