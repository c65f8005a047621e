"""Write the generated parts of docs/ and of template.yaml: python -m scripts.docs.

With --check nothing is written, and the exit code is 1 if a part is outdated. The pictures show the
newest run in out/; without a run or a browser they stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from operations.cost_tables import cost_tables
from operations.growth import growth_table
from operations.prices import read_prices
from scripts import instance_types, parameters, pictures, training_images
from scripts.blocks import replace_block

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[str, dict[str, str]]:
    """Return the lines of each block, by file and name."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    images = training_images.images()
    return {
        "template.yaml": {
            "instance types": instance_types.allowed_pattern(),
            "training images": training_images.mapping(images),
            "regions": training_images.allowed_regions(images),
        },
        "functions/launch/prices.py": {"instance prices": instance_prices()},
        "docs/parameters.md": {
            "parameters": parameters.tables(template),
            "instance types": instance_types.table(),
        },
        "docs/deployment.md": {
            "regions": training_images.sentences(images),
            "costs": cost_tables(),
        },
        "docs/operations.md": {"growth": growth_table()},
    }


def instance_prices() -> str:
    """Return the constants of functions/launch/prices.py: a function can't read YAML."""
    prices = read_prices()
    lines = [f'    "{name}": {price.dollars},' for name, price in prices.instances.items()]
    return "\n".join(
        [
            f'REGION: Final = "{prices.region}"',
            "DOLLARS_AN_HOUR: Final[dict[str, float]] = {",
            *lines,
            "}\n",
        ]
    )


def renew(text: str, blocks: Mapping[str, str], *, markdown: bool) -> str:
    """Return the text of a file with its blocks replaced; in Markdown between empty lines."""
    for name, body in blocks.items():
        text = replace_block(text, name, f"\n{body.strip()}\n\n" if markdown else body)
    return text


def main() -> int:
    """Write what is outdated, or name it and return 1."""
    parser = argparse.ArgumentParser(prog="python -m scripts.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if outdated")
    check = parser.parse_args().check
    outdated = False
    for name, blocks in generated().items():
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        new = renew(old, blocks, markdown=path.suffix == ".md")
        if new == old:
            continue
        if check:
            outdated = True
            print(f"{name} is outdated: run `make docs`")
        else:
            path.write_text(new, encoding="utf-8")
            print(f"wrote {name}")
    if not check:
        print(pictures.renew_pictures())
    return int(outdated)


if __name__ == "__main__":
    sys.exit(main())
