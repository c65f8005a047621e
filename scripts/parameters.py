"""Write the tables of docs/parameters.md from template.yaml.

python scripts/parameters.py           rewrite the tables
python scripts/parameters.py --check   exit 1 when they are not up to date
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "template.yaml"
PAGE = ROOT / "docs" / "parameters.md"
BEGIN = "<!-- tables: written by scripts/parameters.py -->\n"
END = "<!-- /tables -->\n"
HEAD = "| parameter | default | allowed | unit | what |\n|---|---|---|---|---|\n"
# A number's description names its unit; the first of these in it is the one.
UNITS = ("seconds", "days", "pixels", "images", "passes", "epochs", "training jobs", "share")


def tables(template: Mapping[str, Any]) -> str:
    """Return a heading and a table for each group of parameters, in the template's order."""
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    return "\n".join(
        f"## {group['Label']['default']}\n\n{HEAD}"
        + "".join(_row(name, template["Parameters"][name]) for name in group["Parameters"])
        for group in groups
    )


def page(old: str, template: Mapping[str, Any]) -> str:
    """Return the page with its tables made anew; what stands around them stays.

    Raises:
        ValueError: the page has lost one of the two marks.
    """
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{tables(template)}\n{END}{after}"


def _row(name: str, parameter: Mapping[str, Any]) -> str:
    default = f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"
    cells = (f"`{name}`", default, _allowed(parameter), _unit(parameter), parameter["Description"])
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |\n"


def _allowed(parameter: Mapping[str, Any]) -> str:
    return "; ".join(_bounds(parameter))


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
    text = parameter["Description"].lower()
    found = {unit: re.search(rf"\b{unit}\b", text) for unit in UNITS}
    places = {unit: match.start() for unit, match in found.items() if match}
    return min(places, key=places.__getitem__, default="")


def main() -> int:
    """Rewrite or check docs/parameters.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if outdated")
    check = parser.parse_args().check
    old = PAGE.read_text(encoding="utf-8")
    new = page(old, yaml_parse(TEMPLATE.read_text(encoding="utf-8")))
    if new == old:
        return 0
    if check:
        print("docs/parameters.md: outdated; run scripts/parameters.py")
        return 1
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
