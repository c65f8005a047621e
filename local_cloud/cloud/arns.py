"""The account and region of the local cloud, and the parts of ARNs."""

from __future__ import annotations

ACCOUNT = "123456789012"  # moto's default account
REGION = "us-east-1"  # the region whose S3 has the fewest special rules
ARTIFACTS_BUCKET = "local-cloud-artifacts"  # packaged code, each archive under its SHA-256


def function_name(name_or_arn: str) -> str:
    """Return the plain name from a function's name, ARN, or ARN with a qualifier."""
    return name_or_arn.rpartition(":function:")[2].split(":", maxsplit=1)[0]


def last_part(arn: str) -> str:
    """Return what follows the last colon: the name of a queue or a topic."""
    return arn.rsplit(":", 1)[-1]


def service_of(arn: str) -> str:
    """Return the service of an ARN: `lambda`, `sqs`, ..."""
    return arn.split(":")[2]
