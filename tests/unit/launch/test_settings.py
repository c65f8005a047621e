"""The settings of launch are validated before it starts anything."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.unit.launch.test_request import IN_VPC, settings


def test_empty_settings_are_unused():
    plain = settings()

    assert (plain.training_subnets, plain.training_security_groups) == ((), ())
    assert plain.job_tags == {}


def test_identifiers_are_separated_by_commas():
    assert settings(**IN_VPC).training_subnets == (
        "subnet-0123456789abcdef0",
        "subnet-0123456789abcdef1",
    )


@pytest.mark.parametrize("left_out", IN_VPC)
def test_subnets_without_security_groups_are_refused_and_the_other_way_round(left_out: str):
    with pytest.raises(ValidationError, match="both or neither"):
        settings(**(IN_VPC | {left_out: ""}))


@pytest.mark.parametrize(
    ("variable", "most", "identifier"),
    [("training_subnets", 16, "subnet-"), ("training_security_groups", 5, "sg-")],
)
def test_no_more_than_a_job_can_have(variable: str, most: int, identifier: str):
    def given(count: int) -> dict[str, str]:
        return IN_VPC | {variable: ",".join(f"{identifier}{n:08x}" for n in range(count))}

    assert len(getattr(settings(**given(most)), variable)) == most
    with pytest.raises(ValidationError, match=variable):
        settings(**given(most + 1))


def test_an_invalid_tag_is_named():
    with pytest.raises(ValidationError, match=r"job_tags[\s\S]*'CostCenter' isn't a key and"):
        settings(job_tags="CostCenter")


@pytest.mark.parametrize("folder", ["../raw", "a/b", ".hidden", " "])
def test_weights_are_in_a_folder_with_a_plain_name(folder: str):
    assert settings(pretrained_weights="imagenet-v2.1").pretrained_weights == "imagenet-v2.1"
    with pytest.raises(ValidationError, match="pretrained_weights"):
        settings(pretrained_weights=folder)


def test_instance_types_keep_their_order_and_none_is_twice():
    listed = settings(instance_types="ml.g5.xlarge,ml.m5.xlarge,ml.g5.xlarge").instance_types

    assert listed == ("ml.g5.xlarge", "ml.m5.xlarge")


@pytest.mark.parametrize(
    "text", ["", "m5.xlarge", "ml.m5.xlarge,", ",".join(f"ml.m{n}.xlarge" for n in range(6))]
)
def test_other_lists_of_instance_types_are_refused(text: str):
    with pytest.raises(ValidationError, match="instance_types"):
        settings(instance_types=text)
