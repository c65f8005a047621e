"""Asks Service Quotas whether the account may use an instance type before SageMaker refuses it."""

from __future__ import annotations

from collections.abc import Mapping
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


def quota_name(parameters: Mapping[str, str]) -> str:
    """Return the name of the quota for the instances that may train at a time.

    https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
    """
    chosen = {**_defaults(), **parameters}
    kind = "spot training" if chosen["UseSpot"] == "true" else "training"
    return f"{chosen['InstanceType']} for {kind} job usage"


def report_quota(terminal: Terminal, clients: AccountClients, name: str) -> None:
    """Print what to request if the quota is 0; if it can't be read, say so and continue."""
    terminal.say(f"Asking Service Quotas for '{name}'.")
    try:
        quota = _find(clients, name)
    except (BotoCoreError, ClientError) as error:
        terminal.say(f"It could not be read, so the first job may be refused. {explain(error)}")
        return
    if quota is None:
        terminal.say(
            f"There is no such quota in {clients.region}: the region may lack this instance type. "
            "If so, the status of the first drop will say so."
        )
    elif quota["Value"] < 1:
        terminal.say(
            "The account's quota is 0: SageMaker will start no job. Request 1, or deploy with"
        )
        terminal.say("another InstanceType:")
        terminal.command(
            f"aws service-quotas request-service-quota-increase --service-code {SERVICE} "
            f"--quota-code {quota['QuotaCode']} --desired-value 1 --region {clients.region}"
        )


def _find(clients: AccountClients, name: str) -> dict[str, Any] | None:
    pages = clients.quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode=SERVICE, PaginationConfig={"PageSize": PAGE_SIZE}
    )
    quotas = (quota for page in pages for quota in page["Quotas"])
    return next((quota for quota in quotas if quota["QuotaName"] == name), None)


@cache
def _defaults() -> dict[str, str]:
    parameters = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    return {name: str(rule["Default"]) for name, rule in parameters.items()}
