"""The layers: built by name, with the versions that the tests ran with."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from samtranslator.model.exceptions import InvalidDocumentException

from local_cloud.cloud.moto_patches.sam_transform import to_cloudformation
from local_cloud.cloud.packaging import local_path
from predict.judge import MAXIMUM_FILE_BYTES
from predict.picture import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
PIN = r"^([A-Za-z0-9._-]+)==([^ ;\n]+)"
PACKAGE_LAYERS = ("BaseLayer", "SplitLayer", "PlotLayer", "PredictLayer")
LAYERS = (*PACKAGE_LAYERS, "ReadingLayer", "TrainingCodeLayer", "PretrainedLayer")


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(PIN, path.read_text(), re.MULTILINE))


def versions(path: Path) -> dict[str, set[str]]:
    """Return the versions of each package: this machine's Pythons may differ in one."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(PIN, path.read_text(), re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def test_every_layer_of_the_template_has_its_target(template: dict[str, Any]):
    layers = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }

    assert set(layers) == set(LAYERS)
    for name, layer in layers.items():
        makefile = ROOT / local_path(layer["Properties"]["ContentUri"]) / "Makefile"
        targets = re.findall(r"^(build-[^:]+):", makefile.read_text(), re.MULTILINE)
        assert f"build-{name}" in " ".join(targets).split()
        assert layer["Metadata"]["BuildMethod"] == "makefile"


def test_a_template_that_was_not_built_is_refused(template: dict[str, Any]):
    """The SAM CLI uploads what a plain path names; `sam build` makes plain paths of the others."""
    uploaded = copy.deepcopy(template)
    for resource in uploaded["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            if isinstance(resource["Properties"][name], str):
                resource["Properties"][name] = "s3://artifacts/package"

    with pytest.raises(InvalidDocumentException) as refused:
        to_cloudformation(json.dumps(uploaded))

    messages = " ".join(cause.message for cause in refused.value.causes)
    for name in LAYERS:
        assert re.search(rf"\[{name}\w+\] is invalid. 'ContentUri'", messages)


def test_without_a_build_the_error_of_the_sam_cli_names_the_remedy():
    """It is the path of the template, which leads to the built one and is as deep as that."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]

    for command in ("deploy", "package", "local_invoke"):
        template = Path(settings[command]["parameters"]["template"])
        assert template == Path(".sam/run-sam-build-first/template.yaml")
        assert (ROOT / template.parent).readlink() == Path("../.aws-sam/build")


@pytest.mark.parametrize("layer", PACKAGE_LAYERS)
def test_a_layer_pins_what_was_tested(layer: str):
    tested = versions(ROOT / "requirements.txt")
    pinned = versions(ROOT / "layers" / f"{layer}.txt")

    assert pinned
    for name, [version] in pinned.items():
        assert version in tested[name]


@pytest.mark.parametrize("layer", PACKAGE_LAYERS)
def test_a_layers_list_is_that_of_its_source(layer: str):
    """`make lock` writes the list; the comments in it tell what came from the source."""
    source = pins(ROOT / "layers" / f"{layer}.in")
    text = (ROOT / "layers" / f"{layer}.txt").read_text()
    listed = pins(ROOT / "layers" / f"{layer}.txt")
    direct = re.findall(
        rf"^(\S+)==.*\n(?:    #.*\n)*?    #.*-r layers/{layer}\.in$", text, re.MULTILINE
    )

    assert set(direct) == set(source)
    assert {name: listed[name] for name in source} == source


def test_make_run_installs_what_was_tested():
    tested, run = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements" / "run.txt")

    assert {name: tested[name] for name in run} == run


@pytest.mark.parametrize(
    ("function", "layers"),
    [
        ("IntakeFunction", ["BaseLayer"]),
        ("SplitFunction", ["BaseLayer", "SplitLayer"]),
        ("LaunchFunction", ["BaseLayer", "TrainingCodeLayer", "PretrainedLayer"]),
        ("PlotFunction", ["BaseLayer", "PlotLayer"]),
        ("PredictFunction", ["BaseLayer", "PredictLayer", "ReadingLayer"]),
    ],
)
def test_a_function_has_the_layers_it_imports(
    resources: dict[str, Any], function: str, layers: list[str]
):
    names = [layer["Ref"] for layer in resources[function]["Properties"]["Layers"]]

    assert [re.sub("[0-9a-f]{10}$", "", name) for name in names] == layers


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


def test_a_picture_and_its_file_fit_into_the_memory_beside_the_network(resources: dict[str, Any]):
    """LiteRT, boto3, a network and its known images were seen to take 0.17 GB; 0.3 are left."""
    memory = resources["PredictFunction"]["Properties"]["MemorySize"] * 2**20

    assert memory - 300_000_000 >= MOST_BYTES + MAXIMUM_FILE_BYTES
