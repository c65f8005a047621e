"""Runs the SAM transform inside CloudFormation, as AWS does and moto doesn't."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local_cloud.cloud.clients import session
from local_cloud.cloud.moto_patches.cloudformation_types import unsupported
from local_cloud.cloud.parameters import ParameterError, check_parameters

Parameters = dict[str, str] | list[dict[str, str]] | None


def install() -> None:
    """Transform the template of create_stack, update_stack and create_change_set."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of its own metrics
    for name in ("create_stack", "update_stack", "create_change_set"):
        original = getattr(CloudFormationBackend, name)
        setattr(CloudFormationBackend, name, _transforming(original))


def to_cloudformation(template: str, parameters: Parameters = None) -> str:
    """Return the template as CloudFormation JSON; without a Transform it is unchanged.

    Raises:
        samtranslator.model.exceptions.InvalidDocumentException: the template is not valid SAM.
    """
    parsed = yaml_parse(template)
    if "Transform" not in parsed:
        return template
    # Without a session of its own it would ask the user's AWS profile for a region.
    translator = Translator({}, Parser(), boto_session=session())
    return json.dumps(translator.translate(parsed, _values(parameters)))


def _values(parameters: Parameters) -> dict[str, str]:
    """Return the values that an operation gives, without those it keeps from before."""
    if isinstance(parameters, list):
        return {
            parameter["ParameterKey"]: parameter["ParameterValue"]
            for parameter in parameters
            if "ParameterValue" in parameter
        }
    return dict(parameters or {})


def _checked(template: str, parameters: Parameters) -> str:
    """Transform a template, or refuse it as CloudFormation does.

    Raises:
        ValidationError: it is not valid SAM, a parameter has a value that isn't allowed, or the
            stack would lack a resource because moto does not know its type.
    """
    try:
        check_parameters(yaml_parse(template).get("Parameters", {}), _values(parameters))
        body = to_cloudformation(template, parameters)
    except ParameterError as error:
        raise ValidationError(message=f"Parameter validation failed: {error}") from error
    except InvalidDocumentException as error:
        causes = " ".join(cause.message for cause in error.causes)
        raise ValidationError(message=f"Invalid template: {error.message} {causes}") from error
    types = {resource["Type"] for resource in yaml_parse(body)["Resources"].values()}
    if missing := unsupported(types):
        raise ValidationError(message=f"not in the local cloud: {', '.join(sorted(missing))}")
    return body


def _transforming(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("template"):
            kwargs["template"] = _checked(kwargs["template"], kwargs.get("parameters"))
        return method(self, *args, **kwargs)

    return call
