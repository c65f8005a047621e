"""Each known reason of SageMaker's is put into words that help."""

from __future__ import annotations

import pytest

from plot.explanations import MACHINE_RULES, SERVICE_RULES, explain
from plot.job_end import JobEnd
from tests.support.jobs import job_end

REASONS = {
    "quota of machines of this type": [
        "ResourceLimitExceeded: The account-level service limit 'ml.p3.2xlarge for training job "
        "usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 "
        "Instances. Please contact AWS support to request an increase for this limit.",
    ],
    "quota of spot machines": [
        "ResourceLimitExceeded: The account-level service limit 'ml.g5.xlarge for spot training "
        "job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of "
        "1 Instances. Please use AWS Service Quotas to request an increase for this quota.",
    ],
    "no free machine": [
        "CapacityError: Unable to provision requested ML compute capacity. Please retry using a "
        "different ML instance type.",
        "EC2InsufficientCapacityError: Instance type 'ml.g5.xlarge' is temporarily unavailable in "
        "supported availability zones [euw1-az1]. Try again in a few minutes, or try a different "
        "instance type.",
    ],
    "assume the training role": [
        "ClientError: SageMaker was unable to assume the role "
        "'arn:aws:iam::123456789012:role/droptrain-TrainingRole-1A2B'",
        "ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is "
        "unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship for "
        "'sagemaker.amazonaws.com' to assume the role.",
    ],
    "could not use its VPC": [
        "ClientError: Data download failed:Please ensure that the subnet's route table has a route "
        "to an S3 VPC endpoint or a NAT device, and both the security groups and the subnet's "
        "network ACL allow outbound traffic to S3.",
        "ClientError: Artifact upload failed:Please ensure that the subnet's route table has a "
        "route to an S3 VPC endpoint or a NAT device, and both the security groups and the "
        "subnet's network ACL allow outbound traffic to S3",
        "ClientError: expected DHCP options to include keys domain-name-servers and domain-name, "
        "but missing one or more attributes: {DhcpOptionsId:dopt-1 DomainNameSearch:<nil>}.Please "
        "refer to https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSet.html for more "
        "details",
        "ClientError: You are not authorized to perform: ec2:CreateNetworkInterface",
    ],
    "more memory": [
        "AlgorithmError: , exit code: 137",
        "AlgorithmError: exit code 137",
        "ClientError: Please use an instance type with more memory, or reduce the size of training "
        "data processed on an instance.",
        "AlgorithmError: ResourceExhaustedError: OOM when allocating tensor with shape[32,128], "
        "exit code: 1",
        "AlgorithmError: MemoryError: Unable to allocate 8.00 GiB, exit code: 1",
    ],
    "disk is too small": [
        "ClientError: Artifact upload failed:Insufficient disk space",
        "AlgorithmError: OSError: [Errno 28] No space left on device, exit code: 1",
    ],
    "pull the TensorFlow training image": [
        "ClientError: Cannot pull algorithm container. Either the image does not exist or its "
        "permissions are incorrect.",
    ],
    "not allowed to read or write": [
        "ClientError: Data download failed:AccessDenied (403): Access Denied",
        "ClientError: User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: "
        "s3:ListBucket",
    ],
    "no longer in the bucket": [
        "ClientError: Data download failed:NoSuchKey (404): The specified key does not exist.",
        "ClientError: No S3 objects found under S3 URL s3://b/datasets/x/train/ given in input "
        "data source.",
    ],
    "internal error": ["InternalServerError: We encountered an internal error.  Please try again."],
}


def failed(reason: str) -> JobEnd:
    return job_end("Failed", failure_reason=reason, secondary_status="Failed")


@pytest.mark.parametrize(
    ("words", "reason"),
    [(words, reason) for words, reasons in REASONS.items() for reason in reasons],
)
def test_known_reasons(words: str, reason: str) -> None:
    explanation = explain(failed(reason))
    assert words in explanation.what
    assert explanation.next_step


def test_every_rule_explains_a_reason_seen_in_the_wild() -> None:
    explained = {explain(failed(reason)).what for reasons in REASONS.values() for reason in reasons}
    explained |= {
        explain(job_end("Stopped", secondary_status=status)).what
        for status in ("MaxRuntimeExceeded", "MaxWaitTimeExceeded")
    }
    assert {
        explanation.what for explanation in (MACHINE_RULES | SERVICE_RULES).values()
    } == explained


def test_the_training_code_s_own_reason_is_quoted() -> None:
    explanation = explain(
        failed("AlgorithmError: No image in the channel train can be read, exit code: 1")
    )
    assert explanation.what == "No image in the channel train can be read."
    assert explanation.next_step.startswith("Fix that; then upload")


@pytest.mark.parametrize("trap", ["403 images", "a quota of 5", "Forbidden class", "404 files"])
def test_its_words_are_not_mistaken_for_an_error_of_aws(trap: str) -> None:
    reason = f"The folder has {trap} and cannot be used."
    assert explain(failed(f"AlgorithmError: {reason}, exit code: 1")).what == reason


def test_line_breaks_of_a_reason_become_spaces() -> None:
    assert explain(failed("AlgorithmError: one\ntwo, exit code: 2")).what == "one two."


@pytest.mark.parametrize("reason", ["AlgorithmError: , exit code: 1", "AlgorithmError:"])
def test_a_failure_without_a_reason_is_explained(reason: str) -> None:
    assert "without giving a reason" in explain(failed(reason)).what


def test_stopped_by_hand() -> None:
    assert "by hand" in explain(job_end("Stopped", secondary_status="Stopped")).what


def test_stopped_after_the_maximum_run_time() -> None:
    explanation = explain(job_end("Stopped", secondary_status="MaxRuntimeExceeded"))
    assert "in the time allowed" in explanation.what
    assert "MaximumRunSeconds" in explanation.next_step


def test_stopped_waiting_for_spot() -> None:
    explanation = explain(job_end("Stopped", secondary_status="MaxWaitTimeExceeded"))
    assert "UseSpot=false" in explanation.next_step


@pytest.mark.parametrize("reason", ["", "ClientError: something entirely new"])
def test_an_unknown_reason_is_not_explained(reason: str) -> None:
    assert "doesn't know" in explain(failed(reason)).what
