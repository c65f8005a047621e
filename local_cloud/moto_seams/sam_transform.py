"""Run the SAM transform inside CloudFormation, as AWS does and moto does not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import boto3
from moto.cloudformation.models import CloudFormationBackend
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local_cloud.account import REGION

Parameters = dict[str, str] | list[dict[str, str]] | None


def install() -> None:
    """Transform the template of create_stack, update_stack and create_change_set."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of its own metrics
    for name in ("create_stack", "update_stack", "create_change_set"):
        original = getattr(CloudFormationBackend, name)
        setattr(CloudFormationBackend, name, _transforming(original))


def to_cloudformation(template: str, parameters: Parameters = None) -> str:
    """Return the template as CloudFormation JSON; without a Transform it comes back unchanged.

    Raises:
        samtranslator.model.exceptions.InvalidDocumentException: the template is not valid SAM.
    """
    parsed = yaml_parse(template)
    if "Transform" not in parsed:
        return template
    if isinstance(parameters, list):
        parameters = {
            one["ParameterKey"]: one["ParameterValue"]
            for one in parameters
            if "ParameterValue" in one
        }
    # Without a session of its own it would ask the user's AWS profile for a region.
    session = boto3.session.Session(region_name=REGION)
    translator = Translator({}, Parser(), boto_session=session)
    return json.dumps(translator.translate(parsed, dict(parameters or {})))


def _transforming(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("template"):
            kwargs["template"] = to_cloudformation(kwargs["template"], kwargs.get("parameters"))
        return method(self, *args, **kwargs)

    return call
