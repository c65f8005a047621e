"""What template.yaml says about who starts whom: read from it, so it is spelled nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local_cloud.cloud.parameters import TEMPLATE
from tests.support.aws import ACCOUNT, BUCKET, GROUP, REGION
from tests.support.split_settings import STACK_HASH

NAMES = {
    "Bucket": BUCKET,
    "ScheduleGroup": GROUP,
    "Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:droptrain",
    "AWS::StackName": "droptrain",
}
FORMS = {
    "AWS::Serverless::Function": "lambda:{}:{}:function:{}",
    "AWS::SQS::Queue": "sqs:{}:{}:{}",
}


@cache
def template() -> dict[str, Any]:
    """Return the template."""
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return parsed


class Wiring:
    """The template with these parameters."""

    def __init__(self, parameters: Mapping[str, str | int]) -> None:
        defaults = {name: rule["Default"] for name, rule in template()["Parameters"].items()}
        self._values = {name: str(value) for name, value in (defaults | {**parameters}).items()}

    def properties(self, resource: str) -> dict[str, Any]:
        """Return the properties of a resource, with all references resolved."""
        resolved: dict[str, Any] = self._resolve(template()["Resources"][resource]["Properties"])
        return resolved

    def of_type(self, kind: str) -> list[str]:
        """Return the names of all resources of a type."""
        return [name for name, made in template()["Resources"].items() if made["Type"] == kind]

    def environment(self) -> dict[str, str]:
        """Return the variables of all functions: none means two things."""
        variables = self._resolve(template()["Globals"]["Function"]["Environment"]["Variables"])
        for function in self.of_type("AWS::Serverless::Function"):
            variables |= self.properties(function)["Environment"]["Variables"]
        return {name: str(value) for name, value in variables.items()}

    def handler(self, function: str) -> Callable[[dict[str, Any], Any], Any]:
        """Import a function's handler."""
        module, _, name = self.properties(function)["Handler"].rpartition(".")
        handler: Callable[[dict[str, Any], Any], Any] = getattr(import_module(module), name)
        return handler

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument)
        return {name: self._resolve(item) for name, item in value.items()}

    def _function(self, name: str, argument: Any) -> str:
        match name:
            case "Ref":
                known: dict[str, str] = NAMES | self._values
                return known.get(argument, argument)
            case "Fn::GetAtt":
                return arn(argument[0])
            case "Fn::Sub":
                text = argument if isinstance(argument, str) else argument[0]
                return re.sub(r"\$\{(\w+)\}", lambda match: NAMES.get(match[1], match[1]), text)
            case "Fn::Select":
                return STACK_HASH
        return json.dumps(argument)


def arn(resource: str) -> str:
    """Return the ARN of a resource, whose name is its own."""
    kind = template()["Resources"][resource]["Type"]
    form = FORMS.get(kind, "iam:{}:{}:role/{}")
    return f"arn:aws:{form.format(REGION, ACCOUNT, resource)}"


def resource_of(name: str) -> str:
    """Return the resource that an ARN is of."""
    return name.rpartition(":")[2]
