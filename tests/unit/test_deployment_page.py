"""docs/deployment.md quotes the messages of the functions and the template."""

from __future__ import annotations

from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from launch import start_errors
from launch.machines import Machines, explain_refusals, refusals_of
from plot import explanations

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "deployment.md"
TEXT = " ".join(PAGE.read_text().replace("\n> ", " ").split())
TYPE = "ml.g4dn.xlarge"
QUOTED = (
    "AWS had no free machine",
    "No spot machine was free",
    "Training did not finish in the time",
    "Training needed more memory",
    "The training job could not use its VPC",
)


def said(code: str, message: str, *machines: Machines) -> str:
    """What the launch says, with SageMaker's own words left out as on the page."""
    refusals = [
        refusal for request in machines for refusal in refusals_of(request, code, message) or []
    ]
    sentence = explain_refusals(refusals) if machines else start_errors.explain(code, message)
    assert sentence is not None
    return sentence.replace(f"({message})", "(…)")


@pytest.mark.parametrize(
    "sentence",
    [
        said("ResourceLimitExceeded", "quota", Machines((TYPE,))),
        said("ResourceLimitExceeded", "quota", Machines((TYPE,), is_spot=True), Machines((TYPE,))),
        said("ValidationException", "Unsupported instance type", Machines((TYPE,))),
        said("AccessDeniedException", "no permissions boundary allows it"),
        said("AccessDeniedException", "an explicit deny in a service control policy"),
    ],
)
def test_what_the_launch_says_is_quoted_word_by_word(sentence: str):
    assert f"| {sentence} |" in TEXT


@pytest.mark.parametrize("beginning", QUOTED)
def test_what_the_plot_says_is_quoted_word_by_word(beginning: str):
    rules = explanations.MACHINE_RULES | explanations.SERVICE_RULES
    [sentence] = [str(rule) for rule in rules.values() if str(rule).startswith(beginning)]

    assert f"| {sentence} |" in TEXT


def test_what_cloudformation_says_of_a_region_is_quoted_word_by_word():
    template = yaml_parse((ROOT / "template.yaml").read_text())
    [assertion] = template["Rules"]["RegionHasItsServices"]["Assertions"]

    assert assertion["AssertDescription"] in TEXT


def test_every_region_that_is_refused_though_it_has_the_image_is_said_to_be_unproven():
    template = yaml_parse((ROOT / "template.yaml").read_text())
    [assertion] = template["Rules"]["RegionHasItsServices"]["Assertions"]
    [allowed, _] = assertion["Assert"]["Fn::Contains"]
    with_image = template["Mappings"]["TrainingImages"]
    unproven = [region for region in with_image if region not in allowed]

    assert f"{len(with_image)} regions have the image." in TEXT
    assert f"{len(unproven)} of them are unproven and refused: {', '.join(unproven)}." in TEXT


def test_limits_are_those_of_the_template():
    parameters = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]

    assert parameters["MaximumRunsPerDay"]["Default"] == 4
    assert parameters["MaximumRunSeconds"]["Default"] == 2 * 3600
    assert parameters["MaximumRunSeconds"]["MaxValue"] == 5 * 24 * 3600
    assert parameters["MaximumWaitSeconds"]["Default"] == 3600
