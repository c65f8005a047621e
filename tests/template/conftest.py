"""template.yaml as written, and as CloudFormation gets it after the SAM transform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from scripts.scan import transformed as to_cloudformation

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return parsed


@pytest.fixture(scope="session")
def transformed() -> dict[str, Any]:
    return to_cloudformation(TEMPLATE.read_text())


@pytest.fixture(scope="session")
def resources(transformed: dict[str, Any]) -> dict[str, Any]:
    resources: dict[str, Any] = transformed["Resources"]
    return resources
