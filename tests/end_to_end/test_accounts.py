"""The chain deployed for an account with rules of its own."""

from __future__ import annotations

from tests.end_to_end.conftest import Chain

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def test_vpc_boundary_and_tags_reach_roles_and_job(chain: Chain):
    chain.deploy(
        TrainingSubnets="subnet-0123456789abcdef0,subnet-0123456789abcdef1",
        TrainingSecurityGroups="sg-0123456789abcdef0",
        PermissionsBoundaryArn=BOUNDARY,
        JobTags="CostCenter=42,Owner=quality team",
    )
    iam = chain.cloud.client("iam")

    assert len(chain.roles) == 8
    for role in chain.roles.values():
        boundary = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]
        assert boundary["PermissionsBoundaryArn"] == BOUNDARY
    policy = iam.get_role_policy(RoleName=chain.roles["Training"], PolicyName="training-network")
    assert "subnet-0123456789abcdef1" in str(policy["PolicyDocument"])

    chain.drop_classes()
    chain.ready()
    run = chain.await_run("done")["run"]

    job = chain.sagemaker.describe_training_job(TrainingJobName=run)
    assert job["VpcConfig"] == {
        "Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
    }
    tags = chain.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert {"Key": "Owner", "Value": "quality team"} in tags


def test_without_them_nothing_of_it_is_there(chain: Chain):
    chain.deploy()
    iam = chain.cloud.client("iam")

    assert len(chain.roles) == 8
    for role in chain.roles.values():
        assert "PermissionsBoundary" not in iam.get_role(RoleName=role)["Role"]
    training = chain.roles["Training"]
    assert iam.list_role_policies(RoleName=training)["PolicyNames"] == ["training"]
