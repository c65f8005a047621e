"""Write into template.yaml and docs/parameters.md which instance types are taken, and why.

python scripts/instance_types.py           rewrite both
python scripts/instance_types.py --check   exit 1 when one of them is not up to date
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "template.yaml"
PAGE = ROOT / "docs" / "parameters.md"
PATTERN = re.compile(r'(?<=    AllowedPattern: )"\^ml\\\\\..*(?=\n)')
BEGIN = "<!-- instance types: written by scripts/instance_types.py -->\n"
END = "<!-- /instance types -->\n"

# Families of SageMaker's training types that AWS's TensorFlow 2.21 images run on. A test compares
# them with those that botocore knows.
CPU = (
    *("c4", "c5", "c5n", "c6i", "c7i", "c7i-flex", "c8i", "c8i-flex"),
    *("m4", "m5", "m6i", "m7i", "m7i-flex", "m8i", "m8i-flex"),
    *("r5", "r5d", "r6i", "r7i", "r8i", "r8i-flex", "t3"),
)
GPU = ("g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en")
SIZE = "(medium|large|[0-9]{0,3}xlarge)"

# TensorFlow's wheels hold code for GPUs up to compute capability 9.0; what they compile for newer
# ones on the machine does not load:
# https://github.com/tensorflow/tensorflow/blob/v2.21.0/.bazelrc (cuda_clang)
# https://github.com/tensorflow/tensorflow/issues/111958
# The image's cuDNN, from 9.11 on, is without those below 7.5:
# https://github.com/aws/deep-learning-containers/blob/main/docker/tensorflow/training/2.21/cuda/pyproject.toml
# https://github.com/conda-forge/cudnn-feedstock/issues/124
TOO_OLD = "these GPUs are older than Turing, and the image's cuDNN knows them no more"
TOO_NEW = "these GPUs are Blackwell, and TensorFlow 2.21 is built for those up to Hopper"
NO_GPU = "they have Trainium, and the image is for CPUs and NVIDIA's GPUs"
REFUSED = {
    "p2": TOO_OLD,
    "p3": TOO_OLD,
    "p3dn": TOO_OLD,
    "g7": TOO_NEW,
    "g7e": TOO_NEW,
    "p6-b200": TOO_NEW,
    "p6-b300": TOO_NEW,
    "p6e-gb200": "their processor is Arm, and the image is for x86",
    "trn1": NO_GPU,
    "trn1n": NO_GPU,
    "trn2": NO_GPU,
}


def pattern() -> str:
    """Return the regular expression of the types that are taken."""
    return rf"^ml\.({'|'.join(sorted((*CPU, *GPU)))})\.{SIZE}$"


def with_pattern(template: str) -> str:
    """Return the template's text with the pattern made anew.

    Raises:
        ValueError: there is not one such pattern in it.
    """
    quoted = '"' + pattern().replace("\\", "\\\\") + '"'
    new, count = PATTERN.subn(lambda _: quoted, template)
    if count != 1:
        raise ValueError(f"{TEMPLATE.name} has {count} patterns of instance types")
    return new


def with_section(page: str) -> str:
    """Return the page's text with the families told anew.

    Raises:
        ValueError: the page has lost one of the two marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{section()}\n{END}{after}"


def section() -> str:
    """Return the tables of the families that are taken and of those that are not."""
    reasons: dict[str, list[str]] = {}
    for family, reason in REFUSED.items():
        reasons.setdefault(reason, []).append(family)
    rows = [
        ("the CPU", CPU),
        ("all GPUs of the machine", GPU),
        *((f"refused; {reason}", families) for reason, families in reasons.items()),
    ]
    lines = [f"| {', '.join(f'`ml.{name}`' for name in names)} | {what} |" for what, names in rows]
    return "\n".join(["| types of | trained on |", "|---|---|", *lines, ""])


def main() -> int:
    """Rewrite or check template.yaml and docs/parameters.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if outdated")
    check = parser.parse_args().check
    outdated = False
    files: dict[Path, Callable[[str], str]] = {TEMPLATE: with_pattern, PAGE: with_section}
    for path, renew in files.items():
        old = path.read_text(encoding="utf-8")
        new = renew(old)
        if new == old:
            continue
        outdated = True
        if check:
            print(f"{path.relative_to(ROOT)}: outdated; run scripts/instance_types.py")
        else:
            path.write_text(new, encoding="utf-8")
    return int(check and outdated)


if __name__ == "__main__":
    sys.exit(main())
