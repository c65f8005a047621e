"""Explains in plain words why SageMaker refused to start a job, and the remedy. Pure.

Refusals of a machine are in launch/machines.py.

SageMaker documents the error codes; the messages were collected from public reports:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html#API_CreateTrainingJob_Errors
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re

from common import keys

AGAIN = f"then drop {keys.READY_MARKER} again"

_TAGS = re.compile(r"\btags\b|\btag (key|value|polic)", re.IGNORECASE)
_NETWORK = re.compile(r"subnet|security ?group|\bvpc", re.IGNORECASE)
# The kinds of policy that IAM's messages name; administrators know them by these names.
_POLICIES = ("permissions boundary", "service control policy", "resource control policy")


def explain(code: str, message: str) -> str | None:
    """Return the cause and the remedy in two sentences; None when trying again may help."""
    quoted = f"({message.strip()})"
    if code in ("AccessDenied", "AccessDeniedException"):
        return _forbidden(message, quoted)
    if code == "ValidationException":
        return _invalid(message, quoted)
    return None


def _forbidden(message: str, quoted: str) -> str | None:
    if "no identity-based policy allows" in message:
        # The role has such a policy. After a deployment IAM takes a while to know it everywhere:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
        return None
    policy = next((f", in its {name}" for name in _POLICIES if name in message), "")
    return (
        f"This account doesn't allow droptrain to start a training job {quoted}. Ask the "
        f"account's administrator to allow it{policy}, or deploy as the account's rules require: "
        "TrainingSubnets and TrainingSecurityGroups put the job into a VPC, JobTags adds tags; "
        f"{AGAIN}."
    )


def _invalid(message: str, quoted: str) -> str | None:
    if "Could not assume role" in message:
        # A new role isn't known everywhere at once either.
        return None
    if _TAGS.search(message):
        part, remedy = "the tags of the training job", "Deploy with other JobTags"
    elif _NETWORK.search(message):
        part = "the subnets or security groups of the training job"
        remedy = (
            "Deploy with TrainingSubnets and TrainingSecurityGroups that exist, in one VPC of "
            "this region"
        )
    else:
        part, remedy = "the request for a training job", "Fix what it names and deploy again"
    return f"SageMaker didn't accept {part} {quoted}. {remedy}; {AGAIN}."
