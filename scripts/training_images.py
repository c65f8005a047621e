"""Write the training images of every region into template.yaml, from the SageMaker SDK's table.

python scripts/training_images.py           rewrite the mapping in template.yaml
python scripts/training_images.py --check   exit 1 when the mapping is not up to date
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
FRAMEWORK, VERSION, PYTHON = "tensorflow", "2.21.0", "py312"
# Any instance type of the kind: the SDK derives the device from it.
INSTANCE_TYPES = {"Cpu": "ml.m5.xlarge", "Gpu": "ml.g5.xlarge"}
BEGIN = "  # <training images: written by scripts/training_images.py>\n"
END = "  # </training images>\n"


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


def with_mapping(template: str, found: dict[str, dict[str, str]]) -> str:
    """Return the template's text with the mapping and the list of regions made anew."""
    lines = ["  TrainingImages:\n"]
    for region, devices in found.items():
        lines.append(f"    {region}:\n")
        lines += [f"      {device}: {uri}\n" for device, uri in devices.items()]
    before, _, rest = template.partition(BEGIN)
    _, _, after = rest.partition(END)
    return _with_regions(before + BEGIN + "".join(lines) + END + after, list(found))


def _with_regions(template: str, regions: list[str]) -> str:
    begin, end = "# <regions>\n", "            # </regions>\n"
    before, _, rest = template.partition(begin)
    _, _, after = rest.partition(end)
    listed = "".join(f"            - {region}\n" for region in regions)
    return before + begin + listed + end + after


def main() -> int:
    """Rewrite or check template.yaml."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if outdated")
    check = parser.parse_args().check
    old = TEMPLATE.read_text()
    new = with_mapping(old, images())
    if new == old:
        return 0
    if check:
        print("template.yaml: training images are outdated; run scripts/training_images.py")
        return 1
    TEMPLATE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
