"""Asynchronous invocations: queued, retried, and their outcome sent on to a destination."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local_cloud.cloud.arns import ACCOUNT, REGION, function_name, last_part, service_of
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, Undelivered, undone
from local_cloud.cloud.function_process import InvocationOutcome
from local_cloud.cloud.functions import Functions

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionEventInvokeConfigResponseTypeDef

    Config = FunctionEventInvokeConfigResponseTypeDef

DEFAULT_RETRIES = 2
DEFAULT_MAXIMUM_AGE_SECONDS = 21_600


class Invocations:
    """Lambda's own event queue. AWS waits one minute, then two, between attempts."""

    def __init__(
        self,
        clients: Clients,
        functions: Functions,
        records: EventLog,
        retry_delays: Sequence[float] = (1.0, 2.0),
    ) -> None:
        self._clients = clients
        self._functions = functions
        self._records = records
        self._retry_delays = retry_delays
        self._stopping = threading.Event()
        self._workers = ThreadPoolExecutor(16, thread_name_prefix="invocation")
        self._configs: dict[str, Config | None] = {}

    def put(self, function: str, payload: bytes) -> None:
        """Queue an event, given as JSON, for a function, given as name or ARN."""
        if not self._stopping.is_set():
            self._workers.submit(self._work, function_name(function), payload)

    def refresh(self) -> None:
        """Forget the retry limits and destinations read so far."""
        self._configs = {}

    def stop(self) -> None:
        """Take nothing more and retry nothing; returns at once."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, and wait for the events under way; those that wait are dropped."""
        self.stop()
        self._workers.shutdown(cancel_futures=True)

    def _work(self, name: str, payload: bytes) -> None:
        try:
            self._run(name, payload)
        except Exception as error:
            if not self._stopping.is_set():
                self._records.add(undone("asynchronous invocation", name, error))

    def _run(self, name: str, payload: bytes) -> None:
        config = self._config(name)
        retries = config.get("MaximumRetryAttempts", DEFAULT_RETRIES) if config else DEFAULT_RETRIES
        expires = time.monotonic() + self._maximum_age(config)
        for attempt in range(1, retries + 2):
            outcome = self._functions.invoke(name, payload, "async")
            if outcome.status == "ok":
                self._send_on(config, name, payload, outcome, "Success", attempt)
                return
            if attempt > retries or time.monotonic() >= expires:
                break
            if self._stopping.wait(self._retry_delays[min(attempt, len(self._retry_delays)) - 1]):
                return
        condition = "RetriesExhausted" if attempt > retries else "EventAgeExceeded"
        self._send_on(config, name, payload, outcome, condition, attempt)

    def _maximum_age(self, config: Config | None) -> int:
        age = config.get("MaximumEventAgeInSeconds") if config else None
        return age or DEFAULT_MAXIMUM_AGE_SECONDS

    def _config(self, name: str) -> Config | None:
        if name not in self._configs:
            functions = self._clients("lambda")
            try:
                config = functions.get_function_event_invoke_config(FunctionName=name)
                self._configs[name] = config
            except functions.exceptions.ResourceNotFoundException:
                self._configs[name] = None
        return self._configs[name]

    def _send_on(
        self,
        config: Config | None,
        name: str,
        payload: bytes,
        outcome: InvocationOutcome,
        condition: str,
        attempts: int,
    ) -> None:
        destinations: Any = config.get("DestinationConfig", {}) if config else {}
        wanted = destinations.get("OnSuccess" if condition == "Success" else "OnFailure") or {}
        if not (arn := wanted.get("Destination")):
            return
        body = json.dumps(envelope(name, payload, outcome, condition, attempts))
        try:
            if service_of(arn) == "lambda":
                self.put(arn, body.encode())
            elif service_of(arn) == "sqs":
                url = self._clients("sqs").get_queue_url(QueueName=last_part(arn))["QueueUrl"]
                self._clients("sqs").send_message(QueueUrl=url, MessageBody=body)
            else:
                self._records.add(Undelivered(name, arn, "destinations are queues and functions"))
        except ClientError as error:
            self._records.add(Undelivered(name, arn, str(error)))


def envelope(
    name: str, payload: bytes, outcome: InvocationOutcome, condition: str, attempts: int
) -> dict[str, Any]:
    """Return what Lambda sends to a destination.

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
