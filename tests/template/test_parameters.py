"""Parameters: bounded, explained, and really passed on."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import boto3
import pytest

from common import keys
from common.settings import ScheduleSettings
from hyperparameters import RECIPES
from intake.settings import IntakeSettings
from launch.settings import LaunchSettings
from learning import machine
from local_cloud.cloud.parameters import ParameterError, check_parameters
from plot.settings import PlotSettings
from predict.settings import PredictSettings
from scripts.instance_types import CPU, GPU, REFUSED
from scripts.parameters import tables
from split.settings import SplitSettings
from tests.template.references import references
from tests.template.test_flow import environment
from tests.unit.launch.test_request import request

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parameters.md"
SETTINGS = {
    "IntakeFunction": IntakeSettings,
    "SplitFunction": SplitSettings,
    "LaunchFunction": LaunchSettings,
    "PlotFunction": PlotSettings,
    "WatchFunction": ScheduleSettings,
    "PredictFunction": PredictSettings,
}
REACHES = {
    "QuietPeriodSeconds": ("IntakeFunction", "QUIET_PERIOD_SECONDS"),
    "MaximumWaitSeconds": ("SplitFunction", "MAXIMUM_WAIT_SECONDS"),
    "MinimumChangedImages": ("SplitFunction", "MINIMUM_CHANGED_IMAGES"),
    "MaximumRunsPerDay": ("LaunchFunction", "MAXIMUM_RUNS_PER_DAY"),
    "MaximumTrainingHoursPerMonth": ("SplitFunction", "MAXIMUM_TRAINING_HOURS_PER_MONTH"),
    "ValidationShare": ("SplitFunction", "VALIDATION_SHARE"),
    "MinimumImagesPerClass": ("SplitFunction", "MINIMUM_IMAGES_PER_CLASS"),
    "SplitSeed": ("SplitFunction", "SPLIT_SEED"),
    "Architecture": ("LaunchFunction", "ARCHITECTURE"),
    "PretrainedWeights": ("LaunchFunction", "PRETRAINED_WEIGHTS"),
    "Epochs": ("LaunchFunction", "EPOCHS"),
    "Patience": ("LaunchFunction", "PATIENCE"),
    "BatchSize": ("LaunchFunction", "BATCH_SIZE"),
    "LearningRate": ("LaunchFunction", "LEARNING_RATE"),
    "ImageSize": ("LaunchFunction", "IMAGE_SIZE"),
    "InstanceType": ("LaunchFunction", "INSTANCE_TYPES"),
    "Folds": ("LaunchFunction", "FOLDS"),
    "UseSpot": ("LaunchFunction", "USE_SPOT"),
    "MaximumRunSeconds": ("LaunchFunction", "MAXIMUM_RUN_SECONDS"),
    "MaximumMissRate": ("PlotFunction", "MAXIMUM_MISS_RATE"),
    "MinimumMacroF1": ("PlotFunction", "MINIMUM_MACRO_F1"),
    "PromoteWhenUndecided": ("PlotFunction", "PROMOTE_WHEN_UNDECIDED"),
    "MinimumConfidence": ("PredictFunction", "MINIMUM_CONFIDENCE"),
    "TrainingSubnets": ("LaunchFunction", "TRAINING_SUBNETS"),
    "TrainingSecurityGroups": ("LaunchFunction", "TRAINING_SECURITY_GROUPS"),
    "JobTags": ("LaunchFunction", "JOB_TAGS"),
}


OF_LIBRARIES = {"MPLCONFIGDIR", "OPENBLAS_NUM_THREADS"}


@pytest.mark.parametrize("function", SETTINGS)
def test_a_function_s_environment_is_what_its_settings_ask_for(
    resources: dict[str, Any], function: str
):
    values = {
        name.lower()
        for name in environment(resources, function)
        if not name.startswith("POWERTOOLS_") and name not in OF_LIBRARIES
    }

    assert values == set(SETTINGS[function].model_fields)


def test_every_parameter_is_used(template: dict[str, Any], transformed: dict[str, Any]):
    used = set(references([transformed["Resources"], transformed["Conditions"]]))

    assert set(template["Parameters"]) <= used


@pytest.mark.parametrize("parameter", REACHES)
def test_a_parameter_reaches_its_function(resources: dict[str, Any], parameter: str):
    function, variable = REACHES[parameter]

    assert environment(resources, function)[variable] == {"Ref": parameter}


def test_every_parameter_has_a_default_bounds_and_a_description(template: dict[str, Any]):
    for name, parameter in template["Parameters"].items():
        assert "Default" in parameter, name
        assert parameter["Description"], name
        bounds = {"MinValue", "AllowedValues", "AllowedPattern"} & set(parameter)
        assert bounds, name
        assert "AllowedPattern" not in parameter or parameter["ConstraintDescription"], name
        if "MinValue" in parameter:
            assert parameter["MinValue"] <= parameter["Default"] <= parameter["MaxValue"], name


def test_every_parameter_is_in_a_group(template: dict[str, Any]):
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(template["Parameters"])


def known_types() -> list[str]:
    """Return the types for training that botocore knows."""
    client = boto3.client("sagemaker", region_name="us-east-1")
    types: list[str] = client.meta.service_model.shape_for("TrainingInstanceType").enum
    return types


def family(instance_type: str) -> str:
    return instance_type.split(".")[1]


def test_every_family_that_sagemaker_knows_is_taken_or_refused_with_a_reason():
    known = {family(name) for name in known_types()}

    assert known == {*CPU, *GPU, *REFUSED}
    assert len(known) == len(CPU) + len(GPU) + len(REFUSED)
    assert all(REFUSED.values())


def test_a_type_is_taken_unless_the_image_cannot_run_on_it(template: dict[str, Any]):
    for instance_type in known_types():
        values = {"InstanceType": instance_type}
        if family(instance_type) in REFUSED:
            with pytest.raises(ParameterError, match=r"docs/parameters\.md lists"):
                check_parameters(template["Parameters"], values)
        else:
            check_parameters(template["Parameters"], values)


@pytest.mark.parametrize(
    "text", ["ml.g5.xlarge,ml.m5.xlarge", ",".join(["ml.m5.xlarge"] * 5), "ml.p4d.24xlarge"]
)
def test_one_to_five_types_are_taken(template: dict[str, Any], text: str):
    check_parameters(template["Parameters"], {"InstanceType": text})


@pytest.mark.parametrize(
    "text",
    [
        *("m5.xlarge", "ml.m5", "ml.m5.XLARGE", "ml.m9z.xlarge", "ml.g5.", "ml.g5.xlarge,"),
        *(",ml.g5.xlarge", "ml.g5.xlarge, ml.m5.xlarge", "ml.g5.xlargeml.m5.xlarge"),
        *("ml.g5.xlarge,ml.trn1.2xlarge", ",".join(["ml.m5.xlarge"] * 6)),
    ],
)
def test_what_is_no_type_is_refused(template: dict[str, Any], text: str):
    with pytest.raises(ParameterError, match="InstanceType"):
        check_parameters(template["Parameters"], {"InstanceType": text})


@pytest.mark.parametrize(
    ("device", "name"), [*(("cpu", name) for name in CPU), *(("gpu", name) for name in GPU)]
)
def test_the_image_follows_from_the_family(device: str, name: str):
    """The launch chooses the image, and the training expects a GPU, by the same types."""
    instance_type = f"ml.{name}.24xlarge"

    assert request(instance_types=instance_type)["AlgorithmSpecification"]["TrainingImage"] == (
        f"image:{device}"
    )
    assert bool(machine._GPU_INSTANCE.match(instance_type)) is (device == "gpu")


def test_each_image_is_the_region_s(resources: dict[str, Any]):
    variables = environment(resources, "LaunchFunction")

    for device in ("Cpu", "Gpu"):
        assert variables[f"TRAINING_IMAGE_{device.upper()}"] == {
            "Fn::FindInMap": ["TrainingImages", {"Ref": "AWS::Region"}, device]
        }


def test_regions_that_may_lack_something_are_refused_in_a_sentence(template: dict[str, Any]):
    [assertion] = template["Rules"]["RegionHasItsServices"]["Assertions"]
    regions, value = assertion["Assert"]["Fn::Contains"]

    assert value == {"Ref": "AWS::Region"}
    assert {"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"} <= set(regions)
    assert set(regions) <= set(template["Mappings"]["TrainingImages"])
    assert "Deploy to another region" in assertion["AssertDescription"]


@pytest.mark.parametrize("service", ["lambda", "scheduler", "sagemaker", "s3", "sqs", "events"])
def test_botocore_knows_every_service_in_every_region(template: dict[str, Any], service: str):
    [assertion] = template["Rules"]["RegionHasItsServices"]["Assertions"]
    regions, _ = assertion["Assert"]["Fn::Contains"]
    session = boto3.Session()
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service, partition)
    }

    assert set(regions) <= known


def test_an_image_size_that_no_network_can_take_is_refused_in_a_sentence(template: dict[str, Any]):
    [assertion] = template["Rules"]["ImageSizeIsUsable"]["Assertions"]
    [refused] = assertion["Assert"]["Fn::Not"]
    sizes, value = refused["Fn::Contains"]

    assert value == {"Ref": "ImageSize"}
    assert sizes == [str(size) for size in range(1, 16)]


def test_weights_for_a_network_that_takes_none_are_refused(template: dict[str, Any]):
    [assertion] = template["Rules"]["PretrainedWeightsHaveTheirArchitecture"]["Assertions"]
    architectures, value = assertion["Assert"]["Fn::Contains"]

    assert value == {"Ref": "Architecture"}
    # The launch adds those of a network that is frozen.
    takers = [name for name, recipe in RECIPES.items() if recipe.takes_weights]
    assert architectures == [name for name in takers if not RECIPES[name].freezes]


def test_the_defaults_make_the_partition_with_the_short_key(template: dict[str, Any]):
    seed, share = (
        template["Parameters"][name]["Default"] for name in ("SplitSeed", "ValidationShare")
    )

    assert keys.sides(int(seed), float(share)) == keys.SIDES


def test_every_parameter_is_on_the_page_with_its_unit(template: dict[str, Any]):
    without_unit = {"SplitSeed", "LearningRate", "MinimumMacroF1", "MinimumConfidence"}
    for name, parameter in template["Parameters"].items():
        [row] = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{name}`")]
        assert all(word in row for word in parameter["Description"].split())
        unit = row.split(" | ")[3].strip()
        assert bool(unit) is (parameter["Type"] == "Number" and name not in without_unit), name


@pytest.mark.parametrize("change", [{"Default": 31}, {"MaxValue": 20_000}, {"Description": "x"}])
def test_a_changed_parameter_would_be_noticed(template: dict[str, Any], change: dict[str, Any]):
    changed = copy.deepcopy(template)
    changed["Parameters"]["Epochs"] |= change

    assert tables(template) in PAGE.read_text()
    assert tables(changed) not in PAGE.read_text()
