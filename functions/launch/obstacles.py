"""Says in plain words what keeps SageMaker from starting a job, and the way out: pure.

SageMaker documents the kinds of error; the messages were collected from public reports:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html#API_CreateTrainingJob_Errors
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re

from launch.settings import LaunchSettings

AGAIN = "then drop raw/_READY again"

_QUOTA = re.compile(r"service limit '(?P<name>[^']+)'")
_NO_SUCH_MACHINE = re.compile(r"nsupported instance type|is not available in this region")
_TAGS = re.compile(r"\btags\b|\btag (key|value|polic)", re.IGNORECASE)
_NETWORK = re.compile(r"subnet|security ?group|\bvpc", re.IGNORECASE)
# Who forbids it, as IAM's messages say it; the names are those that its administrators use.
_FORBIDDERS = ("permissions boundary", "service control policy", "resource control policy")


def explain(code: str, message: str, settings: LaunchSettings) -> str | None:
    """Return two sentences about SageMaker's error; None when trying again may help."""
    said = f"({message.strip()})"
    if code in ("ResourceLimitExceeded", "ResourceLimitExceededException"):
        return _limit(message, said, settings)
    if code in ("AccessDenied", "AccessDeniedException"):
        return _forbidden(message, said)
    if code == "ValidationException":
        return _invalid(message, said, settings)
    return None


def _limit(message: str, said: str, settings: LaunchSettings) -> str:
    if _NO_SUCH_MACHINE.search(message):
        return _no_such_machine(said, settings)
    found = _QUOTA.search(message)
    kind = "spot training job usage" if settings.use_spot else "training job usage"
    name = found["name"] if found else f"{settings.instance_type} for {kind}"
    on_demand = "deploy with UseSpot=false, " if settings.use_spot else ""
    return (
        f"SageMaker refused to start a job on {settings.instance_type}: the account's quota does "
        f"not allow it {said}. Ask for a higher quota of '{name}' under Service Quotas, Amazon "
        f"SageMaker, {on_demand}or deploy with another InstanceType; {AGAIN}."
    )


def _forbidden(message: str, said: str) -> str | None:
    if "no identity-based policy allows" in message:
        # The role has such a policy. IAM takes a while to know of it after a deployment:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
        return None
    where = next((f", in its {name}" for name in _FORBIDDERS if name in message), "")
    return (
        f"This account does not let droptrain start a training job {said}. Ask whoever "
        f"administers the account to allow it{where}, or deploy as its rules want it: "
        "TrainingSubnets and TrainingSecurityGroups put the job into a VPC, JobTags gives it tags; "
        f"{AGAIN}."
    )


def _invalid(message: str, said: str, settings: LaunchSettings) -> str | None:
    if "Could not assume role" in message:
        # A new role, too, is not known everywhere at once.
        return None
    if _NO_SUCH_MACHINE.search(message):
        return _no_such_machine(said, settings)
    if _TAGS.search(message):
        what, way = "the tags of the training job", "Deploy with other JobTags"
    elif _NETWORK.search(message):
        what = "the subnets or security groups of the training job"
        way = (
            "Deploy with TrainingSubnets and TrainingSecurityGroups that are there, in one VPC of "
            "this region"
        )
    else:
        what, way = "the request for a training job", "Put right what it names and deploy again"
    return f"SageMaker did not accept {what} {said}. {way}; {AGAIN}."


def _no_such_machine(said: str, settings: LaunchSettings) -> str:
    return (
        f"SageMaker has no {settings.instance_type} for training in this region {said}. Deploy "
        f"with another InstanceType, or in another region; {AGAIN}."
    )
