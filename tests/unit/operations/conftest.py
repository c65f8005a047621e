"""A build as the SAM CLI leaves it, small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TEMPLATE = {
    "Globals": {"Function": {"Layers": [{"Ref": "BaseLayer"}]}},
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "SmallFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Handler": "small.handler.handle", "CodeUri": "../../functions"},
        },
        "BigFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "big.handler.handle",
                "CodeUri": "../../functions",
                "Layers": [{"Ref": "BigLayer"}],
            },
        },
        "BaseLayer": {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "BaseLayer"},
        },
        "BigLayer": {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "BigLayer"},
        },
    },
}


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return the built template; its folders hold a few bytes each."""
    build = tmp_path / ".aws-sam" / "build"
    write(build / "template.yaml", json.dumps(TEMPLATE).encode())
    write(tmp_path / "functions" / "small" / "handler.py", b"import json\n")
    write(tmp_path / "functions" / "big" / "handler.py", b"import rich\n")
    write(build / "BaseLayer" / "python" / "typing_extensions.py", b"x" * 1000)
    write(build / "BigLayer" / "python" / "rich" / "__init__.py", b"y" * 5000)
    write(build / "BigLayer" / "python" / "rich" / "box.py", b"y" * 2000)
    return build / "template.yaml"
