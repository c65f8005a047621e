"""The tables of docs/parameters.md, from template.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

HEAD = "| parameter | default | allowed | unit | what |\n|---|---|---|---|---|\n"
# A number's description names its unit; the first of these in it counts.
UNITS = (
    "seconds",
    "days",
    "pixels",
    "folds",
    "images",
    "passes",
    "epochs",
    "training jobs",
    "training hours",
    "share",
)


def tables(template: Mapping[str, Any]) -> str:
    """Return a heading and a table for each group of parameters, in the template's order."""
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    return "\n".join(
        f"## {group['Label']['default']}\n\n{HEAD}"
        + "".join(_row(name, template["Parameters"][name]) for name in group["Parameters"])
        for group in groups
    )


def _row(name: str, parameter: Mapping[str, Any]) -> str:
    default = f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"
    allowed = "; ".join(_bounds(parameter))
    cells = (f"`{name}`", default, allowed, _unit(parameter), parameter["Description"])
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |\n"


def _bounds(parameter: Mapping[str, Any]) -> Iterator[str]:
    if "AllowedValues" in parameter:
        yield ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        yield f"{_plain(parameter['MinValue'])} to {_plain(parameter['MaxValue'])}"
    if "AllowedPattern" in parameter:
        yield parameter["ConstraintDescription"]
    if "MaxLength" in parameter:
        yield f"at most {parameter['MaxLength']:,} characters"


def _plain(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:.10f}".rstrip("0").rstrip(".")


def _unit(parameter: Mapping[str, Any]) -> str:
    if parameter["Type"] != "Number":
        return ""
    match = re.search(rf"\b({'|'.join(UNITS)})\b", parameter["Description"].lower())
    return match[1] if match else ""
