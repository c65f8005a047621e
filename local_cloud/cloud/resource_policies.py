"""Asks a target's resource policy whether a service may reach it, as EventBridge and S3 do."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloud.arns import last_part

EVENTS = "events.amazonaws.com"
S3 = "s3.amazonaws.com"


def may_invoke(
    clients: Callable[[str], Any], function_arn: str, service: str, source_arn: str
) -> bool:
    """Whether a Lambda permission lets `service` invoke the function for `source_arn`."""
    try:
        policy = clients("lambda").get_policy(FunctionName=function_arn)["Policy"]
    except ClientError:
        return False
    return allows(json.loads(policy), service, "lambda:InvokeFunction", source_arn)


def may_send(clients: Callable[[str], Any], queue_arn: str, service: str, source_arn: str) -> bool:
    """Whether the queue's policy lets `service` send messages for `source_arn`."""
    sqs = clients("sqs")
    try:
        url = sqs.get_queue_url(QueueName=last_part(queue_arn))["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    except ClientError:
        return False
    policy = answer.get("Attributes", {}).get("Policy")
    return bool(policy) and allows(json.loads(policy), service, "sqs:SendMessage", source_arn)


def allows(policy: dict[str, Any], service: str, action: str, source_arn: str) -> bool:
    """Evaluate the Allow statements of a resource policy by service, action and source ARN."""
    return any(
        statement["Effect"] == "Allow"
        and _names(statement.get("Principal", {}), service)
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in _list(statement["Action"]))
        and all(fnmatch.fnmatchcase(source_arn, pattern) for pattern in _source_arns(statement))
        for statement in _list(policy["Statement"])
    )


def _names(principal: Any, service: str) -> bool:
    return principal == "*" or service in _list(principal.get("Service", []))


def _source_arns(statement: dict[str, Any]) -> list[str]:
    return [
        pattern
        for operator, tests in statement.get("Condition", {}).items()
        if operator.startswith(("Arn", "String"))
        for key, value in tests.items()
        if key.lower() == "aws:sourcearn"
        for pattern in _list(value)
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
