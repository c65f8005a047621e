"""SageMaker's errors in its own words, and their explanations."""

from __future__ import annotations

import pytest

from launch.start_errors import explain

ROLE = "arn:aws:sts::123456789012:assumed-role/droptrain-LaunchRole-1A2B/droptrain-LaunchFunction"
JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job/51af3dc0-cf6336ca-7393851c-1"


def denied(action: str, resource: str, why: str) -> str:
    return f"User: {ROLE} is not authorized to perform: {action} on resource: {resource} {why}"


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
    sentence = explain(code, message)

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
    assert explain(code, message) is None
