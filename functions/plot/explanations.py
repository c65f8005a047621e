"""Explains in plain words why a training job failed or stopped, and what to do next. Pure.

SageMaker's reasons begin with the kind of error (AlgorithmError, CapacityError, ClientError, ...):
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plot.job_end import JobEnd

RETRY = "upload an empty object raw/_READY to train the same images again"


@dataclass(frozen=True)
class Explanation:
    """The cause and the next step, for readers who don't know SageMaker."""

    what: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}"


# Explanations by a pattern of the reason; of several that match, the first counts.
MACHINE_RULES = {
    (
        r"exit code:? ?137|OutOfMemory|out of memory|\bOOM\b|ResourceExhausted"
        r"|bad_alloc|MemoryError|Cannot allocate memory|instance type with more memory"
    ): Explanation(
        "Training needed more memory than the machine has.",
        "Deploy with a smaller BatchSize or ImageSize, or with a larger InstanceType; "
        f"then {RETRY}.",
    ),
    r"No space left on device|[Ii]nsufficient disk space|disk (is )?full": Explanation(
        "The machine's disk is too small for the images and the results.",
        f"Drop fewer or smaller images, or raise VOLUME_GIGABYTES in template.yaml; then {RETRY}.",
    ),
}

SERVICE_RULES = {
    r"for spot training job usage": Explanation(
        "Your AWS account's quota of spot machines of this type is used up, or zero.",
        "Under Service Quotas, Amazon SageMaker, request an increase of '<instance type> for spot "
        "training job usage', or deploy with UseSpot=false or another InstanceType; then "
        f"{RETRY}.",
    ),
    r"ResourceLimitExceeded|service limit|quota": Explanation(
        "Your AWS account's quota of machines of this type for training is used up, or zero.",
        "Under Service Quotas, Amazon SageMaker, request an increase of '<instance type> for "
        f"training job usage', or deploy with another InstanceType; then {RETRY}.",
    ),
    (
        r"CapacityError|InsufficientCapacity"
        r"|Unable to provision requested ML compute capacity"
    ): Explanation(
        "AWS had no free machine of the types that were requested.",
        f"Wait a while and {RETRY}, or deploy with more types in InstanceType, or with "
        "TrainingSubnets, if you use them, in more availability zones.",
    ),
    r"unable to assume the role|sts:AssumeRole": Explanation(
        "SageMaker could not assume the training role.",
        "Soon after a deployment this resolves by itself. Otherwise deploy again, to restore the "
        f"role's trust in SageMaker; then {RETRY}.",
    ),
    # Before the rules about S3: SageMaker begins these with "Data download failed", too.
    r"VPC endpoint|NAT device|DHCP options|\bsubnet|[Ss]ecurity ?[Gg]roup|\bec2:\w": Explanation(
        "The training job could not use its VPC.",
        "TrainingSubnets need a route to S3 (a gateway endpoint or a NAT), free addresses and DHCP "
        "options with a domain name; TrainingSecurityGroups must allow outbound HTTPS; no rule of "
        "the account may forbid the training role to create network interfaces. Fix that, or "
        f"deploy without both; then {RETRY}.",
    ),
    (
        r"[Cc]annot pull algorithm container|ImageNotFound|image does not exist"
        r"|ecr:|\.dkr\.ecr\.|CannotPullContainer"
    ): Explanation(
        "SageMaker could not pull the TensorFlow training image.",
        "Check that the image exists in your region and that the training role may read it "
        f"(ecr:BatchGetImage). Deploy again; then {RETRY}.",
    ),
    r"AccessDenied|Access Denied|\(403\)|not authorized to perform|Forbidden|KMS": Explanation(
        "The training job was not allowed to read or write the bucket.",
        "Check the training role, the bucket's policy and, if the bucket is encrypted with your "
        f"own key, the key's policy; then {RETRY}.",
    ),
    r"NoSuchKey|NoSuchBucket|\(404\)|No S3 objects found|Data download failed": Explanation(
        "The images of this dataset were no longer in the bucket when the job started.",
        f"They may have expired: {RETRY}, which copies them again.",
    ),
    r"MaxWaitTimeExceeded|MaxWaitTimeInSeconds": Explanation(
        "No spot machine was free in the time the job may wait.",
        f"Deploy with UseSpot=false, or wait a while and {RETRY}.",
    ),
    r"MaxRuntimeExceeded|MaxRuntimeInSeconds": Explanation(
        "Training did not finish in the time allowed, and was stopped.",
        "Deploy with a larger MaximumRunSeconds, fewer Epochs or a faster InstanceType; "
        f"then {RETRY}.",
    ),
    r"InternalServerError|[Ii]nternal (server )?error|ServiceUnavailable": Explanation(
        "SageMaker had an internal error.",
        f"Nothing is wrong with your images: {RETRY}. If it happens again in a VPC, a rule of the "
        "account may forbid the training role to create network interfaces in TrainingSubnets.",
    ),
}

# The toolkit's prefix and exit code around the training code's /opt/ml/output/failure.
_ALGORITHM_ERROR = re.compile(
    r"^AlgorithmError:\s*(?P<reason>.*?)(?:,?\s*exit code:? ?\d+)?$", re.S
)

STOPPED_BY_USER = Explanation(
    "Training was stopped by hand before it was finished.",
    f"To train anyway, {RETRY}.",
)
UNKNOWN = Explanation(
    "Training ended for a reason that droptrain doesn't know.",
    f"Read SageMaker's reason below and the job's log in CloudWatch (/aws/sagemaker/TrainingJobs); "
    f"then {RETRY}.",
)
SILENT_FAILURE = Explanation(
    "The training program failed without giving a reason.",
    f"Read the job's log in CloudWatch (/aws/sagemaker/TrainingJobs); then {RETRY}.",
)


def explain(job: JobEnd) -> Explanation:
    """Explain a failed or stopped job."""
    reason = f"{job.secondary_status} {job.failure_reason}"
    own_reason = _reason_of_training_code(job.failure_reason)
    # A reason of the training code may well mention 403 images or a quota: only the rules about the
    # machine may overrule it.
    rules = MACHINE_RULES if own_reason is not None else MACHINE_RULES | SERVICE_RULES
    for pattern, explanation in rules.items():
        if re.search(pattern, reason):
            return explanation
    if own_reason:
        return Explanation(own_reason, f"Fix that; then {RETRY}.")
    if own_reason is not None:
        return SILENT_FAILURE
    if job.status == "Stopped" and not job.failure_reason:
        return STOPPED_BY_USER
    return UNKNOWN


def _reason_of_training_code(failure_reason: str) -> str | None:
    """Return the training code's own reason as a sentence, None when something else failed."""
    match = _ALGORITHM_ERROR.match(failure_reason.strip())
    if match is None:
        return None
    reason = " ".join(match["reason"].split()).strip(" ,")
    return f"{reason}." if reason and reason[-1] not in ".!?" else reason
