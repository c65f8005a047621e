"""Say what droptrain costs on AWS; docs/deployment.md quotes it.

python -m scripts.costs                  the tables of docs/deployment.md
python -m scripts.costs --images 5000 --minutes 30 --instance ml.g4dn.xlarge
python -m scripts.costs --write          put the tables into docs/deployment.md
python -m scripts.costs --check          exit 1 when they are not up to date there

Prices are those of operations/prices.yaml; requests are what scripts/count_requests.py counted;
timeouts, memory and limits are template.yaml's. Where only AWS can tell, the most that is possible
is taken.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from operations.errors import OperationError
from operations.prices import read_prices
from scripts.costs.bill import Bill, Usage
from scripts.costs.counts import read_counts
from scripts.costs.tables import tables

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "deployment.md"
BEGIN = "<!-- costs: written by python -m scripts.costs --write -->\n"
END = "<!-- /costs -->\n"


def page(old: str, text: str) -> str:
    """Return the page with its tables made anew; what stands around them stays.

    Raises:
        ValueError: the page has lost one of the two marks.
    """
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def read_bill() -> Bill:
    """Read prices, counts and template."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return Bill(read_prices(), read_counts(), template)


def parse() -> argparse.Namespace:
    """Parse the arguments."""
    default = Usage()
    parser = argparse.ArgumentParser(prog="python -m scripts.costs")
    parser.add_argument("--images", type=int, default=default.images, help="of a drop")
    parser.add_argument("--megabytes", type=float, default=default.megabytes, help="of an image")
    parser.add_argument(
        "--upload-minutes", type=float, default=default.upload_minutes, help="of a drop"
    )
    parser.add_argument("--minutes", type=float, default=default.minutes, help="of training")
    parser.add_argument("--instance", default=default.instance, help="instance type of the job")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="write docs/deployment.md")
    action.add_argument("--check", action="store_true", help="exit 1 if that is outdated")
    return parser.parse_args()


def main() -> int:
    """Print, write or check the tables."""
    options = vars(parse())
    write, check = options.pop("write"), options.pop("check")
    if not (write or check):
        try:
            print(tables(read_bill(), Usage(**options)))
        except OperationError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        return 0
    old = PAGE.read_text(encoding="utf-8")
    new = page(old, tables(read_bill(), Usage()))
    if write:
        PAGE.write_text(new, encoding="utf-8")
    elif new != old:
        print("docs/deployment.md: outdated; run python -m scripts.costs --write")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
