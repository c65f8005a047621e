"""Deploys a SAM template: packages it, then creates the stack or updates it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.packaging import Packager


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
        PackagingError: a layer can't be built.
        botocore.exceptions.ClientError: CloudFormation refused the template or a parameter.
    """
    parsed = yaml_parse(template.read_text())
    Packager(clients("s3"), template.parent, layer_folders).package(parsed)
    cloudformation = clients("cloudformation")
    request: Any = {
        "StackName": stack_name,
        "TemplateBody": json.dumps(parsed),
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
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    entries = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    return Stack(
        stack_name,
        {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        {
            entry["LogicalResourceId"]: entry["PhysicalResourceId"]
            for entry in entries
            if "PhysicalResourceId" in entry and "LogicalResourceId" in entry
        },
    )
