"""The regions: their training images, and which of them the template allows."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Collection, Mapping

import boto3

FRAMEWORK, VERSION, PYTHON = "tensorflow", "2.21.0", "py312"
# Any instance type of the kind: the SDK derives the device from it.
INSTANCE_TYPES = {"Cpu": "ml.m5.xlarge", "Gpu": "ml.g5.xlarge"}
# The regions in which AWS runs Python 3.13 on arm64, as it publishes a layer of Powertools for it
# there. AWS's only other list of these regions is the menu of a page of prices.
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

Images = Mapping[str, Mapping[str, str]]  # URI by region and device


def images() -> dict[str, dict[str, str]]:
    """Return the image of each device for each region that has the version."""
    with warnings.catch_warnings(action="ignore"):  # the SDK's own, as it is imported
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


def supported(regions: Collection[str]) -> list[str]:
    """Return the regions that have everything the template needs, according to AWS."""
    return sorted(LAMBDA_ON_ARM & scheduler_regions() & set(regions))


def mapping(images: Images) -> str:
    """Return the template's mapping of regions to images."""
    lines = ["  TrainingImages:\n"]
    for region, devices in images.items():
        lines.append(f"    {region}:\n")
        lines += [f"      {device}: {uri}\n" for device, uri in devices.items()]
    return "".join(lines)


def allowed_regions(images: Images) -> str:
    """Return the template's list of the regions it can be deployed to."""
    return "".join(f"            - {region}\n" for region in supported(images))


def sentences(images: Images) -> str:
    """Return what docs/deployment.md says about the regions."""
    allowed = supported(images)
    refused = [region for region in images if region not in allowed]
    without_scheduler = sorted(set(images) - scheduler_regions())
    text = (
        f"{len(images)} regions have the image. {len(refused)} of them are unproven and refused: "
        f"{', '.join(refused)}. botocore knows no Scheduler in {', '.join(without_scheduler)}."
    )
    return "\n".join(textwrap.wrap(text, 104, break_on_hyphens=False))
