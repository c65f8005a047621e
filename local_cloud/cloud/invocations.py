"""Asynchronous invocations: queued, retried, and their result sent to a destination."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloud.arns import ACCOUNT, REGION, function_name, service_of
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, Undelivered, delivery_failure
from local_cloud.cloud.function_process import InvocationOutcome
from local_cloud.cloud.functions import Functions

DEFAULT_RETRIES = 2
DEFAULT_MAXIMUM_AGE_SECONDS = 21_600


@dataclass(eq=False)
class Invocations:
    """Lambda's event queue. AWS waits one minute, then two, between attempts."""

    _clients: Clients
    _functions: Functions
    _events: EventLog
    _retry_delays: Sequence[float]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _configs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._workers = ThreadPoolExecutor(16, thread_name_prefix="invocation")

    def put(self, function: str, payload: bytes) -> None:
        """Queue an event, given as JSON, for a function, given as name or ARN."""
        if not self._stopping.is_set():
            self._workers.submit(self._work, function_name(function), payload)

    def deliver(self, arn: str, body: str) -> None:
        """Send a text to a queue, or queue it as an event for a function.

        Raises:
            botocore.exceptions.ClientError: the target does not exist, or is neither.
        """
        if service_of(arn) == "sqs":
            self._clients.send_message(arn, body)
        else:
            self._clients("lambda").get_function_configuration(FunctionName=arn)
            self.put(arn, body.encode())

    def refresh(self) -> None:
        """Forget the retry limits and destinations read so far."""
        self._configs = {}

    def stop(self) -> None:
        """Accept nothing more and retry nothing; returns at once."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, and wait for the events in progress; queued events are dropped."""
        self.stop()
        self._workers.shutdown(cancel_futures=True)

    def _work(self, name: str, payload: bytes) -> None:
        try:
            self._run(name, payload)
        except Exception as error:
            if not self._stopping.is_set():
                self._events.add(delivery_failure("asynchronous invocation", name, error))

    def _run(self, name: str, payload: bytes) -> None:
        config = self._config(name)
        retries = config.get("MaximumRetryAttempts", DEFAULT_RETRIES)
        age = config.get("MaximumEventAgeInSeconds") or DEFAULT_MAXIMUM_AGE_SECONDS
        expires = time.monotonic() + age
        for attempt in range(1, retries + 2):
            outcome = self._functions.invoke(name, payload, "async")
            if outcome.status == "ok":
                condition = "Success"
                break
            condition = "RetriesExhausted" if attempt > retries else "EventAgeExceeded"
            if attempt > retries or time.monotonic() >= expires:
                break
            if self._stopping.wait(self._retry_delays[min(attempt, len(self._retry_delays)) - 1]):
                return
        destinations = config.get("DestinationConfig", {})
        destination = destinations.get("OnSuccess" if condition == "Success" else "OnFailure") or {}
        if arn := destination.get("Destination"):
            body = json.dumps(envelope(name, payload, outcome, condition, attempt))
            self._send_on(name, arn, body)

    def _config(self, name: str) -> Any:
        """Return the function's event invoke configuration, empty if it has none."""
        if name not in self._configs:
            functions = self._clients("lambda")
            self._configs[name] = {}
            with suppress(functions.exceptions.ResourceNotFoundException):
                config = functions.get_function_event_invoke_config(FunctionName=name)
                self._configs[name] = config
        return self._configs[name]

    def _send_on(self, name: str, arn: str, body: str) -> None:
        if service_of(arn) not in ("lambda", "sqs"):
            self._events.add(Undelivered(name, arn, "destinations are queues and functions"))
            return
        try:
            self.deliver(arn, body)
        except ClientError as error:
            self._events.add(Undelivered(name, arn, str(error)))


def envelope(
    name: str, payload: bytes, outcome: InvocationOutcome, condition: str, attempts: int
) -> dict[str, Any]:
    """Return the message that Lambda sends to a destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    now = dt.datetime.now(dt.UTC)
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if condition != "Success":
        response["functionError"] = "Unhandled"
    return {
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(payload),
        "responseContext": response,
        "responsePayload": outcome.answer,
    }
