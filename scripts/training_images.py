"""Write the regions: their training images into template.yaml, and which are proven into the docs.

python scripts/training_images.py           rewrite template.yaml and docs/deployment.md
python scripts/training_images.py --check   exit 1 when one of them is not up to date
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Collection, Mapping
from pathlib import Path

import boto3

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "template.yaml"
PAGE = ROOT / "docs" / "deployment.md"
FRAMEWORK, VERSION, PYTHON = "tensorflow", "2.21.0", "py312"
# Any instance type of the kind: the SDK derives the device from it.
INSTANCE_TYPES = {"Cpu": "ml.m5.xlarge", "Gpu": "ml.g5.xlarge"}
# Where AWS itself runs Python 3.13 on arm64: it publishes a layer of Powertools for them there.
# AWS has no list of these regions but the menu of a page of prices.
# https://docs.aws.amazon.com/powertools/python/latest/getting-started/install/
# fmt: off
LAMBDA_ON_ARM = {
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
    "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-7", "ca-central-1", "cn-north-1", "eu-central-1",
    "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2",
    "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
    "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
}
# fmt: on
IMAGES = (
    "  # <training images: written by scripts/training_images.py>\n",
    "  # </training images>\n",
)
REGIONS = ("# <regions>\n", "            # </regions>\n")
PROSE = ("<!-- regions: written by scripts/training_images.py -->\n", "<!-- /regions -->\n")
Images = Mapping[str, Mapping[str, str]]


def images() -> dict[str, dict[str, str]]:
    """Return the image of each device for each region that has the version."""
    from sagemaker.core import image_uris

    table = image_uris.config_for_framework(FRAMEWORK)["training"]["versions"][VERSION]
    return {
        region: {
            device: image_uris.retrieve(
                FRAMEWORK,
                region,
                version=VERSION,
                py_version=PYTHON,
                instance_type=instance_type,
                image_scope="training",
            )
            for device, instance_type in INSTANCE_TYPES.items()
        }
        for region in sorted(table["registries"])
    }


def scheduler_regions() -> set[str]:
    """Return the regions that have EventBridge Scheduler, as botocore knows them."""
    session = boto3.Session()
    return {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("scheduler", partition)
    }


def proven(found: Collection[str]) -> list[str]:
    """Return those regions for which AWS says that they have all that the template needs."""
    return sorted(LAMBDA_ON_ARM & scheduler_regions() & set(found))


def with_mapping(template: str, found: Images) -> str:
    """Return the template's text with the mapping and the list of regions made anew."""
    lines = ["  TrainingImages:\n"]
    for region, devices in found.items():
        lines.append(f"    {region}:\n")
        lines += [f"      {device}: {uri}\n" for device, uri in devices.items()]
    listed = "".join(f"            - {region}\n" for region in proven(found))
    return _between(_between(template, IMAGES, "".join(lines)), REGIONS, listed)


def with_prose(page: str, found: Images) -> str:
    """Return the page's text with the regions told anew."""
    listed = proven(found)
    unproven = [region for region in found if region not in listed]
    without_scheduler = sorted(set(found) - scheduler_regions())
    text = (
        f"{len(found)} regions have the image. {len(unproven)} of them are unproven, and refused: "
        f"{', '.join(unproven)}. botocore knows no Scheduler in {', '.join(without_scheduler)}."
    )
    lines = textwrap.wrap(text, 104, break_on_hyphens=False)
    return _between(page, PROSE, "\n".join(["", *lines, "", ""]))


def _between(text: str, marks: tuple[str, str], new: str) -> str:
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        raise ValueError(f"the marks {marks[0].strip()} and {marks[1].strip()} are not there")
    return before + begin + new + end + after


def main() -> int:
    """Rewrite or check template.yaml and docs/deployment.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if outdated")
    check = parser.parse_args().check
    found, outdated = images(), False
    for path, renew in ((TEMPLATE, with_mapping), (PAGE, with_prose)):
        old = path.read_text(encoding="utf-8")
        new = renew(old, found)
        if new == old:
            continue
        outdated = True
        if check:
            print(f"{path.relative_to(ROOT)}: outdated; run scripts/training_images.py")
        else:
            path.write_text(new, encoding="utf-8")
    return int(check and outdated)


if __name__ == "__main__":
    sys.exit(main())
