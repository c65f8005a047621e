"""A run's name contains its identity."""

from __future__ import annotations

import pytest

from launch.run_name import RunName, configuration_hash

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
MAXIMUM_CHARACTERS = 63
RUN = RunName("51af3dc0", "cf6336ca", "7393851c", 1)


def test_a_name_is_read_as_it_is_written():
    assert RunName.parse(str(RUN)) == RUN
    assert len(str(RUN)) <= MAXIMUM_CHARACTERS


@pytest.mark.parametrize(
    "text", ["", "tensorflow-2026-01-01", "51af3dc0-cf6336ca-7393851c", f"x{RUN}", f"{RUN}-x"]
)
def test_other_names_are_not_ours(text: str):
    assert RunName.parse(text) is None


def test_the_next_attempt_keeps_the_identity():
    assert RUN.next_attempt().identity == RUN.identity
    assert str(RUN.next_attempt()).endswith("-2")


def test_whatever_changes_the_model_changes_the_configuration():
    base = configuration_hash({"epochs": "1"}, "image", "code", "")

    assert configuration_hash({"epochs": "1"}, "image", "code", "") == base
    assert configuration_hash({"epochs": "2"}, "image", "code", "") != base
    assert configuration_hash({"epochs": "1"}, "image 2", "code", "") != base
    assert configuration_hash({"epochs": "1"}, "image", "code 2", "") != base
    assert configuration_hash({"epochs": "1"}, "image", "code", "imagenet") != base


def test_the_order_of_hyperparameters_does_not_matter():
    first = configuration_hash({"a": "1", "b": "2"}, "image", "code", "")

    assert configuration_hash({"b": "2", "a": "1"}, "image", "code", "") == first
