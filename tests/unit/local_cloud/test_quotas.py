"""The local cloud keeps SageMaker's quotas, and its rules about lists of instance types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.sagemaker.exceptions import ValidationError

from local_cloud.cloud.moto_patches.quotas import (
    QuotaExceededError,
    choose_machine,
    set_quotas,
)

SEVERAL = {"InstancePreferences": [{"InstanceType": f"ml.{name}.xlarge"} for name in ("g5", "m5")]}


@pytest.fixture(autouse=True)
def quotas() -> Iterator[None]:
    yield
    set_quotas({})


def test_the_first_type_is_chosen():
    assert choose_machine(SEVERAL, is_spot=False)["SelectedInstanceType"] == "ml.g5.xlarge"
    assert choose_machine({"InstanceType": "ml.m5.xlarge"}, is_spot=True) == {
        "InstanceType": "ml.m5.xlarge"
    }


def test_a_quota_of_zero_refuses_the_whole_list_and_is_named():
    set_quotas({"ml.m5.xlarge for training job usage": 0})

    with pytest.raises(QuotaExceededError, match=r"'ml\.m5\.xlarge for training job usage' is 0"):
        choose_machine(SEVERAL, is_spot=False)


def test_spot_has_a_quota_of_its_own():
    set_quotas({"ml.m5.xlarge for spot training job usage": 0})

    choose_machine({"InstanceType": "ml.m5.xlarge"}, is_spot=False)
    with pytest.raises(QuotaExceededError):
        choose_machine({"InstanceType": "ml.m5.xlarge"}, is_spot=True)


@pytest.mark.parametrize(
    ("resources", "is_spot"), [(SEVERAL, True), (SEVERAL | {"InstanceType": "ml.m5.xlarge"}, False)]
)
def test_a_list_excludes_spot_and_a_type(resources: dict[str, Any], is_spot: bool):
    with pytest.raises(ValidationError):
        choose_machine(resources, is_spot=is_spot)
