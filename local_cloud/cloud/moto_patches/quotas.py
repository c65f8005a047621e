"""The quotas of SageMaker's instance types: listed, and kept when a job is created. moto has none.

Each allows one machine unless `set_quotas` says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from moto.sagemaker.exceptions import SagemakerClientError, ValidationError
from moto.servicequotas.responses import ServiceQuotasResponse

from local_cloud.cloud.moto_patches.hooks import Json

KINDS = {False: "training job usage", True: "spot training job usage"}

_changed: dict[str, float] = {}


class QuotaExceededError(SagemakerClientError):  # type: ignore[misc]  # moto is untyped
    """SageMaker's answer when a quota is too small, in its own words."""

    code = "ResourceLimitExceeded"

    def __init__(self, name: str, value: float) -> None:
        super().__init__(
            f"The account-level service limit '{name}' is {value:g} Instances, with current "
            "utilization of 0 Instances and a request delta of 1 Instances. Please use AWS Service "
            "Quotas to request an increase for this quota."
        )


def install() -> None:
    """Let Service Quotas list the quotas of SageMaker's instance types."""
    ServiceQuotasResponse.list_service_quotas = _list_service_quotas


def set_quotas(values: Mapping[str, float]) -> None:
    """Give quotas other values than 1, by their names; all others are 1 again."""
    _changed.clear()
    _changed.update(values)


def choose_machine(resources: Json, *, is_spot: bool) -> Json:
    """Return the resources of a new job with its machine chosen, or refuse the request.

    All types of a list are checked, not only the first:
    https://docs.aws.amazon.com/sagemaker/latest/dg/train-instance-preferences.html
    """
    preferences = [item["InstanceType"] for item in resources.get("InstancePreferences", [])]
    if preferences and (is_spot or "InstanceType" in resources):
        raise ValidationError(
            message="InstancePreferences excludes InstanceType and EnableManagedSpotTraining."
        )
    for instance_type in preferences or [resources["InstanceType"]]:
        name = f"{instance_type} for {KINDS[is_spot]}"
        if _changed.get(name, 1.0) < 1:
            raise QuotaExceededError(name, _changed[name])
    return resources | ({"SelectedInstanceType": preferences[0]} if preferences else {})


def _list_service_quotas(self: Any) -> str:
    service = json.loads(self.body)["ServiceCode"]
    quotas = [
        {
            "ServiceCode": service,
            "QuotaName": name,
            "QuotaCode": f"L-{number:08X}",
            "Value": _changed.get(name, 1.0),
        }
        for number, name in enumerate(_names() if service == "sagemaker" else [])
    ]
    return json.dumps({"Quotas": quotas})


@cache
def _names() -> list[str]:
    """Return the names of the two quotas of each instance type."""
    model = Loader().load_service_model("sagemaker", "service-2")
    return [
        f"{instance_type} for {kind}"
        for instance_type in model["shapes"]["TrainingInstanceType"]["enum"]
        for kind in KINDS.values()
    ]
