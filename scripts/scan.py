"""Scan template.yaml for insecure settings with checkov: python -m scripts.scan.

checkov reads the template after the SAM transform, as CloudFormation gets it. A finding fails the
scan unless skips.yaml gives a reason for it; so does an entry that checkov no longer finds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
SKIPS = Path(__file__).with_name("skips.yaml")
# checkov's pins clash with those of the tests: `make scan` installs it into its own environment.
CHECKOV = Path(sys.prefix) / "scan" / "bin" / "checkov"

Pair = tuple[str, str]  # a check and the logical id of a resource


class ScanError(Exception):
    """The scan could not be made, or skips.yaml is not valid."""


def transformed(text: str) -> dict[str, Any]:
    """Return the CloudFormation template of a SAM template, with made-up packages.

    Raises:
        samtranslator.model.exceptions.InvalidDocumentException: the template is not valid SAM.
    """
    template: dict[str, Any] = yaml_parse(text)
    properties = [resource.get("Properties", {}) for resource in template["Resources"].values()]
    for owner in (template.get("Globals", {}).get("Function", {}), *properties):
        for name in {"CodeUri", "ContentUri"} & set(owner):
            owner[name] = "s3://artifacts/package"  # as `sam package` does with local folders
    # With a session of its own it does not ask the user's AWS profile for a region.
    session = boto3.session.Session(region_name="us-east-1")
    result: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(template, {})
    return result


def read_skips(text: str) -> set[Pair]:
    """Return the checks that may fail, each with a resource.

    Raises:
        ScanError: an entry lacks its resources or its reason.
    """
    skips = set()
    for check, entry in yaml.safe_load(text).items():
        if set(entry) != {"resources", "reason"} or not all(entry.values()):
            raise ScanError(f"{SKIPS.name}: {check} needs resources and a reason, and only these")
        skips |= {(check, resource) for resource in entry["resources"]}
    return skips


def read_report(report: str) -> dict[Pair, str]:
    """Return the findings of a report of checkov's, each with its description.

    Raises:
        ScanError: checkov could not read the template.
    """
    try:
        parsed = json.loads(report)
        # For a template in which it recognises nothing, checkov reports zeros without results.
        failed = parsed["results"]["failed_checks"]
        if parsed["summary"]["parsing_errors"]:
            raise ValueError
    except (ValueError, KeyError) as error:
        raise ScanError(f"checkov did not read the template: {report[:500]}") from error
    return {
        (check["check_id"], check["resource"].rpartition(".")[2]): check["check_name"]
        for check in failed
    }


def problems(findings: dict[Pair, str], skips: Iterable[Pair]) -> list[str]:
    """Return a line for each finding without a skip, and for each skip without a finding."""
    codes, skipped = set(findings), set(skips)
    new = [f"{' at '.join(pair)}: {findings[pair]}" for pair in sorted(codes - skipped)]
    return new + [
        f"{SKIPS.name} skips {' at '.join(pair)}, which checkov no longer finds"
        for pair in sorted(skipped - codes)
    ]


def scan() -> dict[Pair, str]:
    """Return what checkov finds in template.yaml.

    Raises:
        ScanError: checkov is not installed, or it failed.
    """
    if not CHECKOV.exists():
        raise ScanError(f"There is no {CHECKOV}; `make scan` installs it.")
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.json"
        source = (ROOT / "template.yaml").read_text(encoding="utf-8")
        template.write_text(json.dumps(transformed(source)), encoding="utf-8")
        options = ("--framework", "cloudformation", "--output", "json", "--skip-download")
        command = [str(CHECKOV), *options, "--file", str(template)]
        process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if process.returncode not in (0, 1):  # 1: it found something
        raise ScanError(f"checkov failed: {process.stdout}{process.stderr}")
    return read_report(process.stdout)


def main() -> int:
    """Scan, print the problems, and return 1 if there are any."""
    try:
        findings = scan()
        lines = problems(findings, read_skips(SKIPS.read_text(encoding="utf-8")))
    except ScanError as error:
        lines = [str(error)]
    print("\n".join(lines) or f"checkov: {len(findings)} findings, each skipped for a reason")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
