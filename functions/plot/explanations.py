"""Says in plain words why a training job failed or stopped, and what to do next.

SageMaker's reasons begin with the kind of error (AlgorithmError, CapacityError, ClientError, ...):
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
The rules are tried from top to bottom; the first that is found in the reason explains it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plot.job_end import JobEnd

RETRY = "upload an empty object raw/_READY to train the same images again"


@dataclass(frozen=True)
class Explanation:
    """Two sentences for a reader who does not know SageMaker."""

    what: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}"


@dataclass(frozen=True)
class Rule:
    """An explanation for every failure reason in which `pattern` is found."""

    pattern: str
    explanation: Explanation


def _rule(pattern: str, what: str, next_step: str) -> Rule:
    return Rule(pattern, Explanation(what, next_step))


MACHINE_RULES = (
    _rule(
        r"exit code:? ?137|OutOfMemory|out of memory|\bOOM\b|ResourceExhausted"
        r"|bad_alloc|MemoryError|Cannot allocate memory|instance type with more memory",
        "Training needed more memory than the machine has.",
        "Deploy with a smaller BatchSize or ImageSize, or with a larger InstanceType; "
        f"then {RETRY}.",
    ),
    _rule(
        r"No space left on device|[Ii]nsufficient disk space|disk (is )?full",
        "The machine's disk is too small for the images and the results.",
        f"Drop fewer or smaller images, or raise VOLUME_GIGABYTES in template.yaml; then {RETRY}.",
    ),
)

SERVICE_RULES = (
    _rule(
        r"for spot training job usage",
        "Your AWS account may not train on a spot machine of this type, or not on one more.",
        "Ask for more under Service Quotas, Amazon SageMaker, '<instance type> for spot training "
        f"job usage', or deploy with UseSpot=false or another InstanceType; then {RETRY}.",
    ),
    _rule(
        r"ResourceLimitExceeded|service limit|quota",
        "Your AWS account may not use this instance type for training, or not one more of it.",
        "Ask for more under Service Quotas, Amazon SageMaker, '<instance type> for training job "
        f"usage', or deploy with another InstanceType; then {RETRY}.",
    ),
    _rule(
        r"CapacityError|InsufficientCapacity|Unable to provision requested ML compute capacity",
        "AWS had no free machine of this instance type.",
        f"Wait a while and {RETRY}, or deploy with another InstanceType, or with TrainingSubnets, "
        "if you use them, in more availability zones.",
    ),
    _rule(
        r"unable to assume the role|sts:AssumeRole",
        "SageMaker could not act with the training role.",
        "Soon after a deployment that settles by itself; otherwise deploy again, so that the role "
        f"trusts SageMaker as template.yaml has it; then {RETRY}.",
    ),
    # Before the rules about S3: SageMaker begins these with "Data download failed", too.
    _rule(
        r"VPC endpoint|NAT device|DHCP options|\bsubnet|[Ss]ecurity ?[Gg]roup|\bec2:\w",
        "The training job could not work in the VPC it was given.",
        "TrainingSubnets need a route to S3 (a gateway endpoint or a NAT), free addresses and DHCP "
        "options with a domain name; TrainingSecurityGroups must let HTTPS out; no rule of the "
        "account may keep the training role from making network interfaces. Put that right, or "
        f"deploy without both; then {RETRY}.",
    ),
    _rule(
        r"[Cc]annot pull algorithm container|ImageNotFound|image does not exist"
        r"|ecr:|\.dkr\.ecr\.|CannotPullContainer",
        "SageMaker could not fetch the TensorFlow training image.",
        "Check that the image exists in your region and that the training role may read it "
        f"(ecr:BatchGetImage), deploy again and {RETRY}.",
    ),
    _rule(
        r"AccessDenied|Access Denied|\(403\)|not authorized to perform|Forbidden|KMS",
        "The training job was not allowed to read or write the bucket.",
        "Check the training role, the bucket's policy and, if the bucket is encrypted with a key "
        f"of your own, the key's policy; then {RETRY}.",
    ),
    _rule(
        r"NoSuchKey|NoSuchBucket|\(404\)|No S3 objects found|Data download failed",
        "The images of this dataset were no longer in the bucket when the job fetched them.",
        f"They may have expired: {RETRY}, which copies them anew.",
    ),
    _rule(
        r"MaxWaitTimeExceeded|MaxWaitTimeInSeconds",
        "No spot machine was free for as long as the job was allowed to wait.",
        f"Deploy with UseSpot=false, or wait a while and {RETRY}.",
    ),
    _rule(
        r"MaxRuntimeExceeded|MaxRuntimeInSeconds",
        "Training was not finished within the time it is allowed, and was stopped.",
        "Deploy with a larger MaximumRunSeconds, fewer Epochs or a faster InstanceType; "
        f"then {RETRY}.",
    ),
    _rule(
        r"InternalServerError|[Ii]nternal (server )?error|ServiceUnavailable",
        "SageMaker had a fault of its own.",
        f"Nothing is wrong with your images: {RETRY}. If it comes back in a VPC, a rule of the "
        "account may keep the training role from making network interfaces in TrainingSubnets.",
    ),
)

# The toolkit's prefix and the exit code around our own paragraph in /opt/ml/output/failure.
_ALGORITHM_ERROR = re.compile(r"^AlgorithmError:\s*(?P<said>.*?)(?:,?\s*exit code:? ?\d+)?$", re.S)

STOPPED_BY_USER = Explanation(
    "Training was stopped by hand before it was finished.",
    f"If that was not meant, {RETRY}.",
)
UNKNOWN = Explanation(
    "Training ended for a reason that is not known to droptrain.",
    f"Read SageMaker's reason below and the job's log in CloudWatch (/aws/sagemaker/TrainingJobs); "
    f"then {RETRY}.",
)
SILENT_FAILURE = Explanation(
    "The training program ended without saying why.",
    f"Read the job's log in CloudWatch (/aws/sagemaker/TrainingJobs); then {RETRY}.",
)


def explain(job: JobEnd) -> Explanation:
    """Explain a failed or stopped job."""
    reason = f"{job.secondary_status} {job.failure_reason}"
    said = _what_the_training_code_said(job.failure_reason)
    # A paragraph of the training code may well mention 403 images or a quota: of the rules, only
    # those about the machine it ran on may overrule it.
    for rule in MACHINE_RULES if said is not None else MACHINE_RULES + SERVICE_RULES:
        if re.search(rule.pattern, reason):
            return rule.explanation
    if said is not None:
        return Explanation(said, f"Put that right; then {RETRY}.") if said else SILENT_FAILURE
    if job.status == "Stopped" and not job.failure_reason:
        return STOPPED_BY_USER
    return UNKNOWN


def _what_the_training_code_said(failure_reason: str) -> str | None:
    """The training code's own paragraph, or None when it is not what failed."""
    match = _ALGORITHM_ERROR.match(failure_reason.strip())
    if match is None:
        return None
    said = " ".join(match["said"].split()).strip(" ,")
    return f"{said}." if said and said[-1] not in ".!?" else said
