"""Least privilege, read from the transformed template; docs/permissions.md says why of each row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from tests.template.policies import Grant, grants
from tests.template.references import references
from tests.template.test_flow import actions, environment, of_type, statements
from watch.job_end import DETAIL_TYPE, SOURCE

# These name a resource type, but not one that fits.
ON_ANY_RESOURCE = {"cloudwatch:PutMetricData": "metrics are none; the namespace narrows it"}
# Whose account differs from the stack's: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
IN_ANY_ACCOUNT = {
    "ec2:*:subnet/*": "a subnet may be shared by another account; the condition names it",
    "ec2:*:security-group/*": "a security group may be shared; the condition names it",
}
SHARED = {
    "ecr:Registry:repository/tensorflow-training": "AWS's images, read only",
    "logs:log-group:/aws/sagemaker/TrainingJobs*": "one log group for all jobs of an account",
    "ec2:network-interface/*": "an interface has no ID before it is made",
    "events:event-bus/default": "the bus that SageMaker's events arrive on; the source narrows it",
} | IN_ANY_ACCOUNT


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    """AWS's service authorization reference, as cfn-lint brings it along."""
    data = files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text()
    document: dict[str, Any] = json.loads(data)
    return document


def allowed(resources: dict[str, Any]) -> list[Grant]:
    return [grant for grant in grants(resources) if not grant.action.startswith("deny ")]


def roles(resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::IAM::Role")


def substitutions(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each name that an Fn::Sub defines for itself, with what it stands for."""
    if isinstance(value, list):
        for item in value:
            yield from substitutions(item)
    elif isinstance(value, dict):
        if isinstance(value.get("Fn::Sub"), list):
            yield from value["Fn::Sub"][1].items()
        for item in value.values():
            yield from substitutions(item)


def test_no_allowed_action_is_a_wildcard(resources: dict[str, Any]):
    assert len(allowed(resources)) > 70
    assert [g for g in allowed(resources) if "*" in g.action or "?" in g.action] == []


def test_every_action_is_one_that_aws_knows(resources: dict[str, Any], reference: dict[str, Any]):
    for grant in allowed(resources):
        service, action = grant.action.split(":")
        assert action.lower() in reference[service]["Actions"], grant


def test_only_actions_without_a_resource_have_the_wildcard(
    resources: dict[str, Any], reference: dict[str, Any]
):
    for grant in allowed(resources):
        if grant.resource == "*" and grant.action not in ON_ANY_RESOURCE:
            service, action = grant.action.split(":")
            assert not reference[service]["Actions"][action.lower()].get("Resources"), grant


def test_no_resource_is_in_any_region_or_any_account(resources: dict[str, Any]):
    for grant in allowed(resources):
        place = grant.resource.split(":")[1:-1]
        log_group = grant.resource.startswith("logs:log-group:")
        assert log_group or "*" not in place or grant.resource in IN_ANY_ACCOUNT, grant


def test_what_a_stack_may_touch_is_its_own(resources: dict[str, Any]):
    for grant in allowed(resources):
        name = grant.resource.split("/")[0]
        own = name in resources or "StackHash-" in grant.resource
        own |= grant.resource.startswith("scheduler:schedule/ScheduleGroup/")
        assert own or grant.resource == "*" or grant.resource in SHARED, grant


def test_the_names_in_arns_are_the_stack_s_hash_and_the_region_s_registry(
    resources: dict[str, Any], template: dict[str, Any]
):
    image = {"Fn::FindInMap": ["TrainingImages", {"Ref": "AWS::Region"}, "Cpu"]}
    meanings = {
        "StackHash": environment(resources, "LaunchFunction")["STACK_HASH"],
        "Registry": {"Fn::Select": [0, {"Fn::Split": [".", image]}]},
    }

    variables = list(substitutions(resources))

    assert {name for name, _ in variables} == set(meanings)
    assert all(value == meanings[name] for name, value in variables)
    for images in template["Mappings"]["TrainingImages"].values():
        assert images["Cpu"].split(".")[0] == images["Gpu"].split(".")[0]


def test_no_service_acts_for_somebody_else(resources: dict[str, Any]):
    by_a_service = [
        grant
        for grant in allowed(resources)
        if any(
            condition.startswith("by ") and "amazonaws" in condition
            for condition in grant.conditions
        )
    ]

    assert len(by_a_service) >= 6 + 3 + 2  # roles, queues and topic, functions
    for grant in by_a_service:
        assert any("Source" in condition for condition in grant.conditions), grant


def test_nobody_is_let_in_but_services(resources: dict[str, Any]):
    for grant in allowed(resources):
        for condition in grant.conditions:
            assert not condition.startswith("by ") or condition.endswith(".amazonaws.com"), grant


def test_metrics_are_narrowed_by_their_namespace(resources: dict[str, Any]):
    [statement] = [
        statement
        for statement in statements(roles(resources)["TrainingRole"])
        if actions(statement) == ["cloudwatch:PutMetricData"]
    ]

    assert statement["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}
    }


def test_no_role_takes_in_a_managed_policy(resources: dict[str, Any]):
    assert not any("ManagedPolicyArns" in role for role in roles(resources).values())


def test_roles_are_passed_to_their_service_alone(resources: dict[str, Any]):
    passed = {
        (name, statement["Resource"]["Fn::GetAtt"][0]): statement["Condition"]
        for name, role in roles(resources).items()
        for statement in statements(role)
        if "iam:PassRole" in actions(statement)
    }

    services = {
        "SchedulerRole": "scheduler.amazonaws.com",
        "TrainingRole": "sagemaker.amazonaws.com",
    }
    assert set(passed) == {
        ("IntakeRole", "SchedulerRole"),
        ("SplitRole", "SchedulerRole"),
        ("LaunchRole", "SchedulerRole"),
        ("LaunchRole", "TrainingRole"),
        ("WatchRole", "SchedulerRole"),
        ("PredictRole", "SchedulerRole"),
    }
    for (_, role), condition in passed.items():
        assert condition == {"StringEquals": {"iam:PassedToService": services[role]}}


def test_the_watch_sends_events_of_its_own_source_alone(resources: dict[str, Any]):
    [statement] = [
        statement
        for statement in statements(roles(resources)["WatchRole"])
        if "events:PutEvents" in actions(statement)
    ]
    pattern = resources["JobEndedRule"]["Properties"]["EventPattern"]

    assert statement["Condition"] == {"StringEquals": {"events:source": SOURCE}}
    assert pattern["source"] == ["aws.sagemaker", SOURCE]
    assert pattern["detail-type"] == [DETAIL_TYPE]


def test_nobody_may_write_or_delete_what_the_user_dropped(resources: dict[str, Any]):
    for role in roles(resources).values():
        for statement in statements(role):
            assert not any(action.startswith("s3:Delete") for action in actions(statement))
            if "s3:PutObject" in actions(statement):
                for dropped in ("/raw/", "/test/", "/inbox/", "Bucket.Arn}/*"):
                    assert dropped not in str(statement["Resource"])


@pytest.mark.parametrize(
    ("prefix", "reader"),
    [("/raw/", "SplitRole"), ("/test/", "SplitRole"), ("/inbox/", "PredictRole")],
)
def test_who_may_read_what_was_dropped(resources: dict[str, Any], prefix: str, reader: str):
    readers = {
        name
        for name, role in roles(resources).items()
        for statement in statements(role)
        if prefix in str(statement["Resource"])
    }

    assert readers == {reader}


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


def test_no_partition_is_written_out(transformed: dict[str, Any]):
    partitions = re.findall(r"\barn:([^:]+)", str(transformed["Resources"]))

    assert set(partitions) == {"${AWS"}
