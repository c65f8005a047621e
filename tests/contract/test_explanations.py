"""The advice for a failed job names settings that the template has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launch.machines import MachineRefusal, Machines, explain_refusals
from launch.start_errors import explain
from plot.explanations import MACHINE_RULES, SERVICE_RULES
from tests.unit.launch.test_machines import C5, M5
from tests.unit.launch.test_start_errors import EXPLAINED

TEMPLATE = (Path(__file__).resolve().parents[2] / "template.yaml").read_text(encoding="utf-8")
PARAMETERS = set(re.findall(r"^  (\w+):$", TEMPLATE.split("\nParameters:\n")[1], re.M))

# Words in two humps that are other things than parameters.
NAMES = {"SageMaker", "TensorFlow", "CloudWatch", "BatchGetImage"}


@pytest.mark.parametrize("pattern", MACHINE_RULES | SERVICE_RULES)
def test_every_setting_that_is_named_exists(pattern: str) -> None:
    advice = str((MACHINE_RULES | SERVICE_RULES)[pattern])
    assert settings_in(advice) <= PARAMETERS
    for variable in re.findall(r"\b[A-Z]+_[A-Z]+\b", advice.replace("_READY", "")):
        assert f"{variable}:" in TEMPLATE


@pytest.mark.parametrize(("code", "message", "_"), EXPLAINED)
def test_every_setting_that_the_launch_names_exists(code: str, message: str, _: str) -> None:
    advice = str(explain(code, message)).replace(message, "")
    assert settings_in(advice) <= PARAMETERS


@pytest.mark.parametrize("machines", [[M5], [M5, C5]])
def test_every_setting_that_a_refused_machine_names_exists(machines: list[str]) -> None:
    refusals = [MachineRefusal(Machines((name,)), "a quota", "…") for name in machines]
    assert settings_in(explain_refusals(refusals)) <= PARAMETERS


def settings_in(advice: str) -> set[str]:
    return set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b|\bEpochs\b", advice)) - NAMES
