"""Let Service Quotas list one machine of each type for training; moto has no such call."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from botocore.loaders import Loader
from moto.servicequotas.responses import ServiceQuotasResponse

from local_cloud.cloud.moto_patches.hooks import Json


def install() -> None:
    """Add the call."""
    ServiceQuotasResponse.list_service_quotas = _list_service_quotas


def _list_service_quotas(self: Any) -> str:
    asked = json.loads(self.body)["ServiceCode"]
    return json.dumps({"Quotas": _quotas() if asked == "sagemaker" else []})


@cache
def _quotas() -> list[Json]:
    model = Loader().load_service_model("sagemaker", "service-2")
    types = model["shapes"]["TrainingInstanceType"]["enum"]
    names = [
        f"{instance_type} for {kind} job usage"
        for instance_type in types
        for kind in ("training", "spot training")
    ]
    return [
        {"ServiceCode": "sagemaker", "QuotaName": name, "QuotaCode": f"L-{n:08X}", "Value": 1.0}
        for n, name in enumerate(names)
    ]
