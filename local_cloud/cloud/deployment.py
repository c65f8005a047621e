"""Deploys a SAM template: packages it, then creates the stack or updates it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.moto_patches.cloudformation_types import unsupported
from local_cloud.cloud.moto_patches.sam_transform import to_cloudformation
from local_cloud.cloud.packaging import Packager
from local_cloud.cloud.parameters import check_parameters

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class UnsupportedResourceError(Exception):
    """The template has resource types that the local cloud would leave out without a word."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    name: str
    outputs: dict[str, str]
    resources: dict[str, str]  # logical id -> physical id


def deploy(
    clients: Clients,
    template: Path,
    parameters: dict[str, str],
    stack_name: str,
    layer_folders: dict[str, Path],
) -> Stack:
    """Package and deploy; an existing stack is updated and keeps its bucket.

    Raises:
        UnsupportedResourceError: see there.
        ParameterError: see there.
        PackagingError: a layer could not be built.
    """
    parsed = yaml_parse(template.read_text())
    check_parameters(parsed.get("Parameters", {}), parameters)
    Packager(clients("s3"), template.parent, layer_folders).package(parsed)
    body = to_cloudformation(json.dumps(parsed), parameters)
    types = {resource["Type"] for resource in json.loads(body)["Resources"].values()}
    if missing := unsupported(types):
        raise UnsupportedResourceError(f"not in the local cloud: {', '.join(sorted(missing))}")
    cloudformation = clients("cloudformation")
    _create_or_update(cloudformation, stack_name, json.dumps(parsed), parameters)
    return describe(cloudformation, stack_name)


def describe(cloudformation: CloudFormationClient, stack_name: str) -> Stack:
    """Return a stack's outputs and resources."""
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    entries = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    return Stack(
        stack_name,
        {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
        {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in entries
            if "PhysicalResourceId" in one and "LogicalResourceId" in one
        },
    )


def _create_or_update(
    cloudformation: CloudFormationClient, name: str, body: str, parameters: dict[str, str]
) -> None:
    request: Any = {
        "StackName": name,
        "TemplateBody": body,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    try:
        cloudformation.create_stack(**request)
    except cloudformation.exceptions.AlreadyExistsException:
        try:
            cloudformation.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
