"""Asks Service Quotas whether the account may use instance types before SageMaker refuses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse

from operations.clients import AccountClients
from operations.errors import explain
from operations.sam import ROOT
from operations.terminal import Terminal

SERVICE = "sagemaker"
PAGE_SIZE = 100  # the most; SageMaker has thousands of quotas, which can't be looked up by name


def quota_names(parameters: Mapping[str, str]) -> list[str]:
    """Return the names of the quotas that a job may need: of each type on spot, then on demand.

    https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
    """
    chosen = {**_defaults(), **parameters}
    kinds = ["spot training", "training"] if chosen["UseSpot"] == "true" else ["training"]
    types = dict.fromkeys(chosen["InstanceType"].split(","))
    return [f"{name} for {kind} job usage" for kind in kinds for name in types]


def report_quotas(terminal: Terminal, clients: AccountClients, names: Sequence[str]) -> None:
    """Print what to request where a quota is 0; if they can't be read, say so and continue."""
    terminal.say(f"Asking Service Quotas for {', '.join(map(repr, names))}.")
    try:
        quotas = _find(clients, names)
    except (BotoCoreError, ClientError) as error:
        terminal.say(f"They could not be read, so the first job may be refused. {explain(error)}")
        return
    usable = [name for name in names if name in quotas and quotas[name]["Value"] >= 1]
    for name in names:
        if name not in quotas:
            terminal.say(
                f"There is no quota {name!r} in {clients.region}: the region may lack this type."
            )
        elif name not in usable:
            terminal.say(f"The account's quota {name!r} is 0. Request 1:")
            terminal.command(
                f"aws service-quotas request-service-quota-increase --service-code {SERVICE} "
                f"--quota-code {quotas[name]['QuotaCode']} --desired-value 1 "
                f"--region {clients.region}"
            )
    if not usable:
        terminal.say("SageMaker will start no job until then. Or deploy with more in InstanceType.")
    elif usable[0] != names[0]:
        terminal.say(f"Until then jobs run within {usable[0]!r}.")


def _find(clients: AccountClients, names: Sequence[str]) -> dict[str, Any]:
    """Return the quotas of these names, by name."""
    pages = clients.quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode=SERVICE, PaginationConfig={"PageSize": PAGE_SIZE}
    )
    quotas: dict[str, Any] = {}
    for page in pages:
        quotas |= {quota["QuotaName"]: quota for quota in page["Quotas"]}
        if quotas.keys() >= set(names):
            break
    return quotas


@cache
def _defaults() -> dict[str, str]:
    parameters = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    return {name: str(rule["Default"]) for name, rule in parameters.items()}
