"""Checks the values of a template's parameters as CloudFormation does and moto does not. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any


class ParameterError(Exception):
    """A parameter is unknown to the template, or outside what it allows; the message says which."""


def check_parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Check names, allowed values, patterns and bounds.

    Beyond CloudFormation, a number whose default is whole must be whole: the functions would
    refuse another at run time, when it has cost a deployment.

    Raises:
        ParameterError: names the parameter and what it allows.
    """
    for name, text in given.items():
        if name not in declared:
            names = ", ".join(sorted(declared))
            raise ParameterError(f"the template has no parameter {name}; it has {names}")
        rule = declared[name]
        fault = _fault(rule, text)
        if fault:
            raise ParameterError(f"{name} is {text!r}; {fault}")


def _fault(rule: Mapping[str, Any], text: str) -> str | None:
    if "AllowedValues" in rule:
        allowed = [str(value) for value in rule["AllowedValues"]]
        return None if text in allowed else f"it must be one of {', '.join(allowed)}"
    if "AllowedPattern" in rule and not re.fullmatch(rule["AllowedPattern"], text):
        return f"it must be {rule.get('ConstraintDescription', rule['AllowedPattern'])}"
    if rule["Type"] == "Number":
        return _number_fault(rule, text)
    return None


def _number_fault(rule: Mapping[str, Any], text: str) -> str | None:
    low, high = rule.get("MinValue", -math.inf), rule.get("MaxValue", math.inf)
    whole = isinstance(rule.get("Default"), int)
    kind = "a whole number" if whole else "a number"
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    # A comparison with nan is false: it is out of every bounds.
    return None if low <= number <= high else f"it must be {kind} from {low} to {high}"
