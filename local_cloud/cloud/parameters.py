"""Checks the values of a template's parameters, as CloudFormation does and moto doesn't."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


class ParameterError(Exception):
    """A parameter is not in the template, or its value isn't allowed; the message says which."""


@cache
def declared_parameters() -> dict[str, Any]:
    """Return the parameters of template.yaml with their bounds, defaults and descriptions."""
    parameters: dict[str, Any] = yaml_parse(TEMPLATE.read_text())["Parameters"]
    return parameters


def check_parameters(declared: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """Check names, allowed values, patterns and bounds.

    Unlike CloudFormation, it requires a whole number where the default is one: the functions
    would refuse another only after it has been deployed.

    Raises:
        ParameterError: names the parameter and what it allows.
    """
    for name, value in values.items():
        if name not in declared:
            names = ", ".join(sorted(declared))
            raise ParameterError(f"the template has no parameter {name}; it has {names}")
        if fault := _fault(declared[name], value):
            raise ParameterError(f"{name} is {value!r}; {fault}")


def _fault(rule: Mapping[str, Any], value: str) -> str | None:
    if "AllowedValues" in rule:
        allowed = [str(item) for item in rule["AllowedValues"]]
        return None if value in allowed else f"it must be one of {', '.join(allowed)}"
    if "AllowedPattern" in rule and not re.fullmatch(rule["AllowedPattern"], value):
        return f"it must be {rule.get('ConstraintDescription', rule['AllowedPattern'])}"
    return _number_fault(rule, value) if rule["Type"] == "Number" else None


def _number_fault(rule: Mapping[str, Any], value: str) -> str | None:
    low, high = rule.get("MinValue", -math.inf), rule.get("MaxValue", math.inf)
    whole = isinstance(rule.get("Default"), int)
    kind = "a whole number" if whole else "a number"
    try:
        number = int(value) if whole else float(value)
    except ValueError:
        number = math.nan
    # A comparison with nan is false: nan is outside all bounds.
    return None if low <= number <= high else f"it must be {kind} from {low} to {high}"
