"""In an account with rules of its own: a VPC, a permissions boundary, tags; each off by default."""

from __future__ import annotations

from typing import Any

import pytest

from launch.settings import read_tags
from local_cloud.cloud.parameters import ParameterError, check_parameters
from tests.template.test_flow import actions, of_type, statements

# What each parameter takes, and does not.
TAKEN = {
    "TrainingSubnets": ["subnet-0a1b2c3d", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"],
    "TrainingSecurityGroups": ["sg-0a1b2c3d", "sg-0123456789abcdef0,sg-0123456789abcdef1"],
    "PermissionsBoundaryArn": [
        "arn:aws:iam::123456789012:policy/boundary",
        "arn:aws:iam::aws:policy/PowerUserAccess",
        "arn:aws-us-gov:iam::123456789012:policy/team/boundary_1",
    ],
    "JobTags": ["CostCenter=42", "CostCenter=42,Owner=quality team,Link=https://x/a=b,Empty="],
}
REFUSED = {
    "TrainingSubnets": ["sg-0a1b2c3d", "subnet-0a1b2c3d,", "subnet-0a1b2c3d, subnet-0a1b2c3e"],
    "TrainingSecurityGroups": ["subnet-0a1b2c3d", ",sg-0a1b2c3d", ",".join(["sg-0a1b2c3d"] * 6)],
    "PermissionsBoundaryArn": ["boundary", "arn:aws:iam::123456789012:role/boundary"],
    "JobTags": [
        "CostCenter",
        "CostCenter=42,",
        "=42",
        "a=1,aws:b=2",
        "AWS:a=1",
        "droptrain:stack=x",
        "a=<b>",
        ",".join(f"k{n}=" for n in range(47)),
    ],
}
# What a role needs for training in a VPC, under CreateTrainingJob:
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
IN_VPC = {
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
}


@pytest.fixture
def network(resources: dict[str, Any]) -> list[dict[str, Any]]:
    """What the training role may do in a VPC alone."""
    statements: list[dict[str, Any]] = resources["TrainingNetworkPolicy"]["Properties"][
        "PolicyDocument"
    ]["Statement"]
    return statements


@pytest.mark.parametrize(("parameter", "value"), [(p, v) for p in TAKEN for v in TAKEN[p]])
def test_what_an_account_may_want_is_taken(template: dict[str, Any], parameter: str, value: str):
    check_parameters(template["Parameters"], {parameter: value})


@pytest.mark.parametrize(("parameter", "value"), [(p, v) for p in REFUSED for v in REFUSED[p]])
def test_a_typing_error_is_found_when_deploying(
    template: dict[str, Any], parameter: str, value: str
):
    with pytest.raises(ParameterError, match=parameter):
        check_parameters(template["Parameters"], {parameter: value})


@pytest.mark.parametrize("parameter", TAKEN)
def test_it_is_off_by_default(template: dict[str, Any], parameter: str):
    assert template["Parameters"][parameter]["Default"] == ""
    check_parameters(template["Parameters"], {parameter: ""})


@pytest.mark.parametrize("tags", TAKEN["JobTags"])
def test_the_launch_takes_the_tags_that_the_template_takes(tags: str):
    assert len(read_tags(tags)) == tags.count(",") + 1


@pytest.mark.parametrize(
    ("subnets", "groups", "allowed"),
    [("", "", True), ("subnet-1", "sg-1", True), ("subnet-1", "", False), ("", "sg-1", False)],
)
def test_subnets_and_security_groups_go_together(
    template: dict[str, Any], subnets: str, groups: str, allowed: bool
):
    [assertion] = template["Rules"]["SubnetsComeWithSecurityGroups"]["Assertions"]
    values = {"TrainingSubnets": subnets, "TrainingSecurityGroups": groups}

    assert holds(assertion["Assert"], values) is allowed
    assert "Give both, or neither" in assertion["AssertDescription"]


def test_only_a_job_in_a_vpc_may_touch_the_network(
    resources: dict[str, Any], template: dict[str, Any], network: list[dict[str, Any]]
):
    always = [
        action
        for role in of_type(resources, "AWS::IAM::Role").values()
        for statement in statements(role)
        for action in actions(statement)
    ]

    assert resources["TrainingNetworkPolicy"]["Condition"] == "TrainsInVpc"
    assert holds(template["Conditions"]["TrainsInVpc"], {"TrainingSubnets": ""}) is False
    assert holds(template["Conditions"]["TrainsInVpc"], {"TrainingSubnets": "subnet-1"}) is True
    assert not [action for action in always if action.startswith("ec2:")]
    assert {action for statement in network for action in actions(statement)} == IN_VPC


def test_the_network_is_the_training_role_s_alone(resources: dict[str, Any]):
    properties = resources["TrainingNetworkPolicy"]["Properties"]

    assert properties["Roles"] == [{"Ref": "TrainingRole"}]
    for name, policy in of_type(resources, "AWS::IAM::Policy").items():
        allowed = policy["PolicyDocument"]["Statement"]
        touches = any(a.startswith("ec2:") for statement in allowed for a in actions(statement))
        assert touches == (name == "TrainingNetworkPolicy")


def test_interfaces_are_made_in_the_given_subnets_and_security_groups_alone(
    network: list[dict[str, Any]],
):
    narrowed = {
        statement["Resource"]["Fn::Sub"].rsplit(":", 1)[-1]: statement.get("Condition")
        for statement in network
        if "ec2:CreateNetworkInterface" in actions(statement)
    }

    assert narrowed == {
        "subnet/*": among("ec2:SubnetID", "TrainingSubnets"),
        "security-group/*": among("ec2:SecurityGroupID", "TrainingSecurityGroups"),
        "network-interface/*": None,
    }


def test_every_role_has_the_boundary_if_there_is_one(resources: dict[str, Any]):
    boundary = [
        "HasPermissionsBoundary",
        {"Ref": "PermissionsBoundaryArn"},
        {"Ref": "AWS::NoValue"},
    ]

    roles = of_type(resources, "AWS::IAM::Role")
    assert len(roles) == 8
    for name, role in roles.items():
        assert role["PermissionsBoundary"] == {"Fn::If": boundary}, name


def among(key: str, parameter: str) -> dict[str, Any]:
    """Return the condition that a value is one of those in a parameter."""
    return {"StringEquals": {key: {"Fn::Split": [",", {"Ref": parameter}]}}}


def holds(condition: Any, values: dict[str, str]) -> Any:
    """Evaluate a rule or a condition with these parameters.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
    """
    if not isinstance(condition, dict):
        return condition
    [(function, arguments)] = condition.items()
    if function == "Ref":
        return values[arguments]
    results = [holds(argument, values) for argument in arguments]
    if function == "Fn::Equals":
        return results[0] == results[1]
    return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[function]
