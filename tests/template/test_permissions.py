"""Least privilege, read from the transformed template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.references import references
from tests.template.test_flow import actions, of_type, statements

# Each of these actions knows no resource to be narrowed to:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_RESOURCE = {
    "scheduler:ListSchedules",
    "sagemaker:ListTrainingJobs",
    "ecr:GetAuthorizationToken",
    "cloudwatch:PutMetricData",
}


def roles(resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::IAM::Role")


def test_no_action_is_a_wildcard(resources: dict[str, Any]):
    for role in roles(resources).values():
        for statement in statements(role):
            assert all("*" not in action for action in actions(statement)), statement


def test_only_listed_actions_have_the_wildcard_resource(resources: dict[str, Any]):
    found = set()
    for role in roles(resources).values():
        for statement in statements(role):
            if statement["Resource"] == "*":
                found |= set(actions(statement))

    assert found == WITHOUT_RESOURCE


def test_metrics_are_narrowed_by_their_namespace(resources: dict[str, Any]):
    [statement] = [
        statement
        for statement in statements(roles(resources)["TrainingRole"])
        if actions(statement) == ["cloudwatch:PutMetricData"]
    ]

    assert "cloudwatch:namespace" in statement["Condition"]["StringEquals"]


def test_no_role_takes_in_a_managed_policy(resources: dict[str, Any]):
    assert not any("ManagedPolicyArns" in role for role in roles(resources).values())


def test_roles_are_passed_to_their_service_alone(resources: dict[str, Any]):
    passed = {
        name: statement
        for name, role in roles(resources).items()
        for statement in statements(role)
        if "iam:PassRole" in actions(statement)
    }

    assert {
        name: (statement["Resource"]["Fn::GetAtt"][0], statement["Condition"])
        for name, statement in passed.items()
    } == {
        "IntakeRole": (
            "SchedulerRole",
            {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
        "LaunchRole": (
            "TrainingRole",
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    }


@pytest.mark.parametrize("role", ["SchedulerRole", "TrainingRole"])
def test_services_act_for_this_account_alone(resources: dict[str, Any], role: str):
    [statement] = roles(resources)[role]["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_queues_and_topic_answer_over_tls_alone(resources: dict[str, Any]):
    refusing = set()
    for kind, names in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SNS::TopicPolicy", "Topics")):
        for policy in of_type(resources, kind).values():
            [named] = policy[names]
            [deny] = [s for s in policy["PolicyDocument"]["Statement"] if "Sid" in s]
            assert (deny["Sid"], deny["Effect"], deny["Principal"]) == ("TlsOnly", "Deny", "*")
            assert deny["Action"] in ("sqs:*", "sns:Publish")
            assert list(references(deny["Resource"])) == list(references(named))
            assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            refusing |= set(references(named))

    kinds = ("AWS::SQS::Queue", "AWS::SNS::Topic")
    assert refusing == {name for kind in kinds for name in of_type(resources, kind)}


def test_nobody_may_write_or_delete_what_the_user_dropped(resources: dict[str, Any]):
    for role in roles(resources).values():
        for statement in statements(role):
            assert not any(action.startswith("s3:Delete") for action in actions(statement))
            if "s3:PutObject" in actions(statement):
                assert "raw" not in str(statement["Resource"])


def test_who_may_read_what_was_dropped(resources: dict[str, Any]):
    readers = {
        name
        for name, role in roles(resources).items()
        for statement in statements(role)
        if "/raw/" in str(statement["Resource"])
    }

    assert readers == {"SplitRole"}


def test_no_partition_is_written_out(transformed: dict[str, Any]):
    assert "arn:aws:" not in str(transformed["Resources"])
