"""Runs the deployed functions: warm processes with only their own environment and role."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from local_cloud import environment
from local_cloud.cloud.arns import REGION, function_name
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, FunctionEnded, FunctionStarted
from local_cloud.cloud.function_code import FunctionCode
from local_cloud.cloud.function_process import FunctionProcess, InvocationOutcome
from local_cloud.cloud.log_delivery import LogDelivery
from local_cloud.cloud.processes import Processes

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

DEFAULT_CONCURRENCY = 10  # AWS allows a thousand; this machine has a few cores


class FunctionPool:
    """The warm processes of one function; a free one is reused before another is started."""

    def __init__(
        self, arn: str, timeout: float, limit: int, start: Callable[[], FunctionProcess]
    ) -> None:
        self.arn = arn
        self.timeout = timeout
        self.slots = threading.BoundedSemaphore(max(1, limit))
        self._start = start
        self._free: list[FunctionProcess] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> FunctionProcess:
        """Return a live process; the caller has acquired one of `slots`."""
        with self._lock:
            while self._free:
                process = self._free.pop()
                if process.alive():
                    return process
        return self._start()

    def give_back(self, process: FunctionProcess) -> None:
        """Keep a process for the next event, or end it when the pool is closed."""
        with self._lock:
            if not self._closed and process.alive():
                self._free.append(process)
                return
        if process.alive():
            process.close()

    def close(self) -> None:
        """End the free processes; busy ones end when they are given back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for process in free:
            process.close()


@dataclass(eq=False)
class Functions:
    """All functions of the cloud, by name; processes start on first use, or in `warm_up`."""

    _clients: Clients
    _processes: Processes
    _events: EventLog
    _delivery: LogDelivery
    _workdir: Path
    _pools: dict[str, FunctionPool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._code = FunctionCode(self._clients, self._workdir / "code")

    def invoke(self, function: str, payload: bytes, cause: str) -> InvocationOutcome:
        """Run a function on an event, given as JSON, and wait for the result.

        Raises:
            botocore.exceptions.ClientError: there is no such function.
        """
        name = function_name(function)
        event = json.loads(payload)
        request_id = str(uuid.uuid4())
        pool = self._pool(name)
        with pool.slots:
            started = FunctionStarted(name, request_id, cause)
            self._events.add(started)
            process = pool.take()
            outcome = process.call(request_id, pool.arn, event, pool.timeout)
            pool.give_back(process)
        status, error, answer = outcome.status, outcome.error, outcome.answer
        self._events.add(
            FunctionEnded(name, request_id, cause, started.at, status, error, event, answer)
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
        variables = self._environment(configuration, imports)
        log = self._workdir / "logs" / f"{name}.log"
        group, stream = (variables[f"AWS_LAMBDA_LOG_{part}_NAME"] for part in ("GROUP", "STREAM"))
        self._delivery.follow(log, group, stream)
        return FunctionPool(
            configuration["FunctionArn"],
            configuration["Timeout"],
            int(reserved if reserved is not None else DEFAULT_CONCURRENCY),
            lambda: FunctionProcess(self._processes, variables, imports[0], log),
        )

    def _environment(
        self, configuration: FunctionConfigurationTypeDef, imports: list[Path]
    ) -> dict[str, str]:
        """Build the variables that Lambda sets, the template's own, and this cloud's endpoint.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        name = configuration["FunctionName"]
        variables = configuration.get("Environment", {}).get("Variables", {})
        credentials = self._clients("sts").assume_role(
            RoleArn=configuration["Role"], RoleSessionName=name[:64]
        )["Credentials"]
        return {
            **environment.for_child(self._workdir / "home"),
            "AWS_ENDPOINT_URL": self._clients.endpoint,
            "AWS_ALLOW_HTTP": "true",  # obstore refuses a plain http endpoint without it
            **{key: _text(value) for key, value in variables.items()},
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
