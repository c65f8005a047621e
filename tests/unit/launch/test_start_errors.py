"""SageMaker's errors in its own words, and their explanations."""

from __future__ import annotations

import pytest

from launch.start_errors import explain
from tests.unit.launch.test_request import settings

ROLE = "arn:aws:sts::123456789012:assumed-role/droptrain-LaunchRole-1A2B/droptrain-LaunchFunction"
JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job/51af3dc0-cf6336ca-7393851c-1"


def quota(name: str) -> str:
    return (
        f"The account-level service limit '{name}' is 0 Instances, with current utilization of 0 "
        "Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an "
        "increase for this quota."
    )


def denied(action: str, resource: str, why: str) -> str:
    return f"User: {ROLE} is not authorized to perform: {action} on resource: {resource} {why}"


ON_DEMAND = quota("ml.g5.xlarge for training job usage")
SPOT = quota("ml.g5.xlarge for spot training job usage")
ALL_JOBS = quota("Number of instances across all training jobs")
# As SageMaker wrote it at first, without the quota's name.
UNNAMED = (
    "The account-level service limit for training-job/ml.g5.xlarge is 0 Instances, with current "
    "utilization of 0 Instances and a request delta of 1 Instances."
)
BOUNDARY = denied(
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/droptrain-TrainingRole-1A2B",
    "because no permissions boundary allows the iam:PassRole action",
)
CONTROL_POLICY = denied(
    "sagemaker:CreateTrainingJob", JOB, "with an explicit deny in a service control policy"
)
EXPLICIT = denied("sagemaker:CreateTrainingJob", JOB, "with an explicit deny")
NOT_KNOWN_YET = denied(
    "sagemaker:CreateTrainingJob",
    JOB,
    "because no identity-based policy allows the sagemaker:CreateTrainingJob action",
)
ROLE_TOO_NEW = (
    "Could not assume role arn:aws:iam::123456789012:role/droptrain-TrainingRole-1A2B. Please "
    "ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role."
)

EXPLAINED = [
    ("ResourceLimitExceeded", ON_DEMAND, "'ml.g5.xlarge for training job usage'"),
    ("ResourceLimitExceeded", SPOT, "'ml.g5.xlarge for spot training job usage'"),
    ("ResourceLimitExceeded", ALL_JOBS, "'Number of instances across all training jobs'"),
    ("ResourceLimitExceeded", UNNAMED, "'ml.g5.xlarge for training job usage'"),
    (
        "ResourceLimitExceeded",
        "The requested resource training-job/ml.g5.xlarge is not available in this region",
        "no ml.g5.xlarge for training in this region",
    ),
    (
        "ValidationException",
        "Unsupported instance type ml.g5.xlarge",
        "no ml.g5.xlarge for training in this region",
    ),
    ("AccessDeniedException", BOUNDARY, "in its permissions boundary"),
    ("AccessDeniedException", CONTROL_POLICY, "in its service control policy"),
    ("AccessDeniedException", EXPLICIT, "JobTags"),
    (
        "ValidationException",
        "The subnet ID 'subnet-0123456789abcdef0' does not exist",
        "subnets or security groups",
    ),
    (
        "ValidationException",
        "The security group 'sg-0123456789abcdef0' does not exist",
        "TrainingSecurityGroups",
    ),
    (
        "ValidationException",
        "1 validation error detected: Value 'a*' at 'tags.1.member.key' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern",
        "other JobTags",
    ),
    (
        "ValidationException",
        "The tag policy does not allow the specified value for the following tag key: 'Owner'.",
        "other JobTags",
    ),
    (
        "ValidationException",
        "Requested image 763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-training:2 not "
        "found.",
        "what it names",
    ),
]


@pytest.mark.parametrize(("code", "message", "words"), EXPLAINED)
def test_an_error_is_explained_with_its_remedy(code: str, message: str, words: str):
    sentence = explain(code, message, settings(instance_type="ml.g5.xlarge"))

    assert sentence is not None
    assert words in sentence.replace(message, "")
    assert message in sentence
    assert sentence.endswith("drop raw/_READY again.")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", ROLE_TOO_NEW),
        ("AccessDeniedException", NOT_KNOWN_YET),
        ("ThrottlingException", "Rate exceeded"),
        ("InternalFailure", "We encountered an internal error. Please try again."),
        ("ServiceUnavailable", "Service is unavailable"),
    ],
)
def test_a_temporary_error_is_retried(code: str, message: str):
    assert explain(code, message, settings()) is None


@pytest.mark.parametrize("message", [SPOT, UNNAMED])
def test_the_remedy_for_a_spot_quota_is_more_quota_or_on_demand(message: str):
    sentence = explain(
        "ResourceLimitExceeded", message, settings(instance_type="ml.g5.xlarge", use_spot="true")
    )

    assert sentence is not None
    assert "'ml.g5.xlarge for spot training job usage' under Service Quotas" in sentence
    assert "UseSpot=false" in sentence


def test_the_remedy_for_an_on_demand_quota_does_not_mention_spot():
    sentence = explain("ResourceLimitExceeded", ON_DEMAND, settings())

    assert sentence is not None
    assert "UseSpot" not in sentence
