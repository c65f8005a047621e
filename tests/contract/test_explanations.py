"""The advice for a failed job names settings that the template has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plot.explanations import MACHINE_RULES, SERVICE_RULES, Rule

TEMPLATE = (Path(__file__).resolve().parents[2] / "template.yaml").read_text(encoding="utf-8")
PARAMETERS = set(re.findall(r"^  (\w+):$", TEMPLATE.split("\nParameters:\n")[1], re.M))

# Words in two humps that are other things than parameters.
NAMES = {"SageMaker", "TensorFlow", "CloudWatch", "BatchGetImage"}


@pytest.mark.parametrize("rule", MACHINE_RULES + SERVICE_RULES, ids=lambda rule: rule.pattern[:20])
def test_every_setting_that_is_named_exists(rule: Rule) -> None:
    advice = str(rule.explanation)
    named = set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b|\bEpochs\b", advice)) - NAMES
    assert named <= PARAMETERS
    for variable in re.findall(r"\b[A-Z]+_[A-Z]+\b", advice.replace("_READY", "")):
        assert f"{variable}:" in TEMPLATE
