"""Delivers what EventBridge rules matched to their functions and queues."""

from __future__ import annotations

import json
import threading
from queue import SimpleQueue
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloud import resource_policies
from local_cloud.cloud.arns import last_part, service_of
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, Undelivered, undone
from local_cloud.cloud.invocations import Invocations

Json = dict[str, Any]
UNSUPPORTED = ("InputPath", "InputTransformer")


class Deliveries:
    """EventBridge's delivery: one thread, so that events of a rule arrive in order."""

    def __init__(self, clients: Clients, invocations: Invocations, records: EventLog) -> None:
        self._clients = clients
        self._invocations = invocations
        self._records = records
        self._waiting: SimpleQueue[tuple[str, Json, Json] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="deliveries", daemon=True)
        self._thread.start()

    def put(self, rule_arn: str, target: Json, event: Json) -> None:
        """Queue an event for one target of a rule."""
        self._waiting.put((rule_arn, target, event))

    def close(self) -> None:
        """Deliver what waits, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (one := self._waiting.get()) is not None:
            rule_arn, target, event = one
            try:
                self._deliver_or_keep(rule_arn, target, event)
            except Exception as error:
                self._records.add(undone(rule_arn, target["Arn"], error))

    def _deliver_or_keep(self, rule_arn: str, target: Json, event: Json) -> None:
        try:
            self._deliver(rule_arn, target, event)
        except ClientError as error:
            self._undelivered(rule_arn, target, event, "SDK_CLIENT_ERROR", str(error))

    def _deliver(self, rule_arn: str, target: Json, event: Json) -> None:
        arn = target["Arn"]
        body = target.get("Input") or json.dumps(event)
        service = service_of(arn)
        if unsupported := [name for name in UNSUPPORTED if name in target]:
            reason = f"the local cloud does not transform input: {', '.join(unsupported)}"
            self._undelivered(rule_arn, target, event, "INVALID_PARAMETER", reason)
        elif service == "lambda":
            if not resource_policies.may_invoke(
                self._clients, arn, resource_policies.EVENTS, rule_arn
            ):
                reason = "no Lambda permission for events.amazonaws.com and this rule"
                self._undelivered(rule_arn, target, event, "NO_PERMISSIONS", reason)
                return
            self._invocations.put(arn, body.encode())
        elif service == "sqs":
            if not resource_policies.may_send(
                self._clients, arn, resource_policies.EVENTS, rule_arn
            ):
                reason = "no queue policy for events.amazonaws.com and this rule"
                self._undelivered(rule_arn, target, event, "NO_PERMISSIONS", reason)
                return
            self._send(arn, body, {})
        else:
            self._undelivered(rule_arn, target, event, "INVALID_PARAMETER", f"no {service} targets")

    def _undelivered(
        self, rule_arn: str, target: Json, event: Json, code: str, reason: str
    ) -> None:
        """Send what could not be delivered to the target's dead-letter queue, if it has one.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        self._records.add(Undelivered(rule_arn, target["Arn"], reason))
        if queue := target.get("DeadLetterConfig", {}).get("Arn"):
            attributes = {
                "RULE_ARN": rule_arn,
                "TARGET_ARN": target["Arn"],
                "ERROR_CODE": code,
                "ERROR_MESSAGE": reason,
            }
            self._send(queue, json.dumps(event), attributes)

    def _send(self, queue_arn: str, body: str, attributes: dict[str, str]) -> None:
        sqs = self._clients("sqs")
        sqs.send_message(
            QueueUrl=sqs.get_queue_url(QueueName=last_part(queue_arn))["QueueUrl"],
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )
