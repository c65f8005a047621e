"""The layers: built by name, with the versions that the tests ran with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPENDENCY_LAYERS = {"BaseLayer": "base", "SplitLayer": "split", "PlotLayer": "plot"}


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\n]+)", path.read_text(), re.MULTILINE))


def test_every_layer_of_the_template_has_its_target(template: dict[str, Any]):
    layers = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }

    assert set(layers) == {*DEPENDENCY_LAYERS, "TrainingCodeLayer"}
    for name, layer in layers.items():
        makefile = ROOT / layer["Properties"]["ContentUri"] / "Makefile"
        assert f"\nbuild-{name}:" in f"\n{makefile.read_text()}"
        assert layer["Metadata"]["BuildMethod"] == "makefile"


@pytest.mark.parametrize("folder", DEPENDENCY_LAYERS.values())
def test_a_layer_pins_what_was_tested(folder: str):
    tested = pins(ROOT / "requirements.txt")
    pinned = pins(ROOT / "layers" / folder / "requirements.txt")

    assert pinned
    assert {name: tested[name] for name in pinned} == pinned


def test_make_run_installs_what_was_tested():
    tested, run = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements" / "run.txt")

    assert {name: tested[name] for name in run} == run


@pytest.mark.parametrize(
    ("function", "layers"),
    [
        ("IntakeFunction", ["BaseLayer"]),
        ("SplitFunction", ["BaseLayer", "SplitLayer"]),
        ("LaunchFunction", ["BaseLayer", "TrainingCodeLayer"]),
        ("PlotFunction", ["BaseLayer", "PlotLayer"]),
    ],
)
def test_a_function_has_the_layers_it_imports(
    resources: dict[str, Any], function: str, layers: list[str]
):
    found = [layer["Ref"] for layer in resources[function]["Properties"]["Layers"]]

    assert [re.sub("[0-9a-f]{10}$", "", name) for name in found] == layers


def test_each_function_names_its_folder_where_the_sam_cli_looks(template: dict[str, Any]):
    """`sam build` rewrites the paths of resources, not of Globals: `sam deploy` would find none."""
    functions = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]

    assert "CodeUri" not in template["Globals"]["Function"]
    assert {function.get("CodeUri") for function in functions} == {"functions/"}


def test_every_layer_is_built_for_the_processor_of_the_functions(template: dict[str, Any]):
    architectures = template["Globals"]["Function"]["Architectures"]
    layers = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    ]

    assert layers
    for layer in layers:
        assert layer["Properties"]["CompatibleArchitectures"] == architectures
        assert [layer["Metadata"]["BuildArchitecture"]] == architectures
