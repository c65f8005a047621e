"""Which permissions a request to AWS asks for, and whether a policy grants them.

The requests are those of droptrain's functions and no others; an unknown one raises, so that a new
call comes with its permission. Which action an API call needs:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote

ARN = "arn:aws:{service}:us-east-1:123456789012:{resource}"


@dataclass(frozen=True)
class Request:
    """What of an HTTP request decides which permissions it needs."""

    service: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, order=True)
class Permission:
    """An action on a resource; "*" when the action knows no resource."""

    action: str
    resource: str


def needed(request: Request) -> Iterator[Permission]:
    """Yield the permissions that a request needs.

    Raises:
        KeyError: the request is of a kind that no function is known to make.
    """
    readers = {
        "s3": _s3,
        "scheduler": _scheduler,
        "sagemaker": _sagemaker,
        "sns": _sns,
        "sqs": _sqs,
        "events": _events,
    }
    return readers[request.service](request)


def granted(statements: list[dict[str, Any]], permission: Permission) -> bool:
    """Whether one of a role's statements allows it; conditions are not looked at."""
    return any(
        any(fnmatchcase(permission.action, action) for action in _list(statement["Action"]))
        and any(fnmatchcase(permission.resource, name) for name in _list(statement["Resource"]))
        for statement in statements
    )


def _s3(request: Request) -> Iterator[Permission]:
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    here = f"arn:aws:s3:::{bucket}/{key}"
    if request.method == "GET" and not key:
        yield Permission("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    elif request.method == "GET":
        yield Permission("s3:GetObject", here)
        # Without it S3 answers 403, not 404, when there is no such key:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        yield Permission("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    elif request.method == "PUT":
        yield Permission("s3:PutObject", here)
        source = request.headers.get("x-amz-copy-source")
        if source:
            there = f"arn:aws:s3:::{unquote(source).lstrip('/')}"
            yield Permission("s3:GetObject", there)
            # CopyObject takes the tags of the source along.
            yield Permission("s3:GetObjectTagging", there)
            yield Permission("s3:PutObjectTagging", here)
    else:
        raise KeyError(f"{request.method} {request.path}")


def _scheduler(request: Request) -> Iterator[Permission]:
    if request.method == "GET":
        yield Permission("scheduler:ListSchedules", "*")
        return
    body = json.loads(request.body)
    name = f"schedule/{body['GroupName']}/{request.path.rsplit('/', 1)[-1]}"
    yield Permission("scheduler:CreateSchedule", ARN.format(service="scheduler", resource=name))
    yield Permission("iam:PassRole", body["Target"]["RoleArn"])


def _sagemaker(request: Request) -> Iterator[Permission]:
    action = request.headers["x-amz-target"].removeprefix("SageMaker.")
    if action == "ListTrainingJobs":
        yield Permission("sagemaker:ListTrainingJobs", "*")
        return
    body = json.loads(request.body)
    job = ARN.format(service="sagemaker", resource=f"training-job/{body['TrainingJobName']}")
    if action == "DescribeTrainingJob":
        yield Permission("sagemaker:DescribeTrainingJob", job)
        return
    yield from {
        "CreateTrainingJob": (
            Permission("sagemaker:CreateTrainingJob", job),
            Permission("sagemaker:AddTags", job),
            Permission("iam:PassRole", body["RoleArn"]),
        )
    }[action]


def _sns(request: Request) -> Iterator[Permission]:
    fields = parse_qs(request.body.decode())
    yield Permission(f"sns:{fields['Action'][0]}", fields["TopicArn"][0])


def _sqs(request: Request) -> Iterator[Permission]:
    action = request.headers["x-amz-target"].removeprefix("AmazonSQS.")
    queue = json.loads(request.body)["QueueUrl"].rsplit("/", 1)[-1]
    # A batch needs the permission of its single action.
    yield Permission(
        f"sqs:{action.removesuffix('Batch')}", ARN.format(service="sqs", resource=queue)
    )


def _events(request: Request) -> Iterator[Permission]:
    action = request.headers["x-amz-target"].removeprefix("AWSEvents.")
    buses = {entry.get("EventBusName", "default") for entry in json.loads(request.body)["Entries"]}
    for bus in buses:
        resource = ARN.format(service="events", resource=f"event-bus/{bus}")
        yield Permission(f"events:{action}", resource)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
