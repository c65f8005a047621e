"""Runs the deployed functions: warm processes with only their own environment and role."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from local_cloud import environment
from local_cloud.cloud.arns import REGION, function_name
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, FunctionEnded, FunctionStarted
from local_cloud.cloud.function_code import FunctionCode
from local_cloud.cloud.function_pool import FunctionPool
from local_cloud.cloud.function_process import FunctionProcess, InvocationOutcome
from local_cloud.cloud.log_delivery import LogDelivery
from local_cloud.cloud.processes import Processes

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

DEFAULT_CONCURRENCY = 10  # AWS allows a thousand; a desk has a few cores


class Functions:
    """All functions of the cloud, by name; processes start on first use, or before: `warm_up`."""

    def __init__(
        self,
        clients: Clients,
        processes: Processes,
        records: EventLog,
        delivery: LogDelivery,
        workdir: Path,
    ) -> None:
        self._clients = clients
        self._processes = processes
        self._records = records
        self._delivery = delivery
        self._logs = workdir / "logs"
        self._home = workdir / "home"
        self._code = FunctionCode(clients, workdir / "code")
        self._pools: dict[str, FunctionPool] = {}
        self._lock = threading.Lock()

    def invoke(self, function: str, payload: bytes, cause: str) -> InvocationOutcome:
        """Run a function on an event, given as JSON, and wait for the outcome.

        Raises:
            botocore.exceptions.ClientError: there is no such function.
        """
        name = function_name(function)
        event = json.loads(payload)
        request_id = str(uuid.uuid4())
        pool = self._pool(name)
        with pool.slots:
            started = FunctionStarted(name, request_id, cause)
            self._records.add(started)
            process = pool.take()
            outcome = process.call(request_id, pool.arn, event, pool.timeout)
            pool.give_back(process)
        self._records.add(
            FunctionEnded(
                name,
                request_id,
                cause,
                started.at,
                outcome.status,
                outcome.error,
                event,
                outcome.answer,
            )
        )
        return outcome

    def warm_up(self) -> None:
        """Start a process of each function, which imports its handler before the first event.

        Lambda too may start a function before it is called:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        for page in self._clients("lambda").get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                pool = self._pool(function["FunctionName"])
                pool.give_back(pool.take())

    def refresh(self) -> None:
        """Forget every configuration: a deployment may have changed any of them."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()

    def _pool(self, name: str) -> FunctionPool:
        with self._lock:
            if name not in self._pools:
                self._pools[name] = self._new_pool(name)
            return self._pools[name]

    def _new_pool(self, name: str) -> FunctionPool:
        answer = self._clients("lambda").get_function(FunctionName=name)
        configuration = answer["Configuration"]
        reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        imports = self._code.import_path(answer)
        folder = imports[0]
        variables = self._environment(configuration, imports)
        log = self._logs / f"{name}.log"
        group, stream = (variables[f"AWS_LAMBDA_LOG_{part}_NAME"] for part in ("GROUP", "STREAM"))
        self._delivery.follow(log, group, stream)

        def start() -> FunctionProcess:
            return FunctionProcess(self._processes, variables, folder, log)

        return FunctionPool(
            configuration["FunctionArn"],
            configuration["Timeout"],
            int(reserved if reserved is not None else DEFAULT_CONCURRENCY),
            start,
        )

    def _environment(
        self, configuration: FunctionConfigurationTypeDef, imports: list[Path]
    ) -> dict[str, str]:
        """Build what Lambda sets, the template's own variables, and the way to this cloud.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        name = configuration["FunctionName"]
        credentials = self._clients("sts").assume_role(
            RoleArn=configuration["Role"], RoleSessionName=name[:64]
        )["Credentials"]
        return {
            **environment.for_child(self._home),
            "AWS_ENDPOINT_URL": self._clients.endpoint,
            "AWS_ALLOW_HTTP": "true",  # obstore refuses a plain http endpoint without it
            **{
                key: _text(value)
                for key, value in configuration.get("Environment", {}).get("Variables", {}).items()
            },
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.get('Runtime', 'python')}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": configuration["LoggingConfig"]["LogGroup"],
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]local",
            "LAMBDA_TASK_ROOT": str(imports[0]),
            "_HANDLER": configuration["Handler"],
            "PYTHONPATH": os.pathsep.join(str(path) for path in imports),
            "TZ": ":UTC",
        }


def _text(value: object) -> str:
    """Return a variable as text: moto keeps the type of a Number parameter."""
    if isinstance(value, bool):
        return str(value).lower()
    # 0.00001 as the user wrote it, not Python's 1e-05
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)
