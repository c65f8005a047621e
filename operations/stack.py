"""Finds a deployed stack with its outputs, parameters and resources."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from operations.clients import AccountClients
from operations.errors import OperationError

# A failed first deployment leaves a stack that can only be deleted.
FAILED_CREATE = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
# CloudFormation also lists a stack whose first change set was never executed.
NOT_THERE = frozenset({"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"})


class StackNotFoundError(OperationError):
    """There is no such stack in this account and region."""


@dataclass(frozen=True)
class DeployedStack:
    """A deployed template; `resources` are physical ids by logical id."""

    name: str
    arn: str
    region: str
    status: str
    created_at: dt.datetime
    reason: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> str | None:
        """The bucket, or None before it is created."""
        return self.resources.get("Bucket")

    @property
    def job_prefix(self) -> str:
        """The prefix of its training jobs' names: the first block of the stack's UUID."""
        return self.arn.split("/")[2].split("-")[0] + "-"


def find_stack(clients: AccountClients, name: str) -> DeployedStack:
    """Find a stack by its name, or by its ARN, which also finds one that has been deleted.

    Raises:
        StackNotFoundError: there is none.
    """
    try:
        [description] = clients.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response.get("Error", {}).get("Message", ""):
            raise StackNotFoundError(_not_found(name, clients.region)) from error
        raise
    status = description["StackStatus"]
    if status in NOT_THERE and not name.startswith("arn:"):
        raise StackNotFoundError(_not_found(name, clients.region))
    pages = clients.cloudformation.get_paginator("list_stack_resources").paginate(
        StackName=description["StackId"]
    )
    resources = {
        item["LogicalResourceId"]: item.get("PhysicalResourceId", "")
        for page in pages
        for item in page["StackResourceSummaries"]
    }
    return DeployedStack(
        name=description["StackName"],
        arn=description["StackId"],
        region=clients.region,
        status=status,
        created_at=description["CreationTime"],
        reason=description.get("StackStatusReason", ""),
        outputs={item["OutputKey"]: item["OutputValue"] for item in description.get("Outputs", [])},
        parameters={
            item["ParameterKey"]: item["ParameterValue"]
            for item in description.get("Parameters", [])
        },
        resources={name: identity for name, identity in resources.items() if identity},
    )


def find_stack_if_any(clients: AccountClients, name: str) -> DeployedStack | None:
    """Find a stack, or None."""
    try:
        return find_stack(clients, name)
    except StackNotFoundError:
        return None


def _not_found(name: str, region: str) -> str:
    return (
        f"There is no stack {name} in {region}. Deploy it with `droptrain deploy`, or "
        "choose another with --stack and --region."
    )
