"""Delivers the events that EventBridge rules matched to functions and queues."""

from __future__ import annotations

import json
import threading
from queue import SimpleQueue
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloud import resource_policies
from local_cloud.cloud.arns import service_of
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, Undelivered, delivery_failure
from local_cloud.cloud.invocations import Invocations
from local_cloud.cloud.resource_policies import EVENTS

Json = dict[str, Any]
UNSUPPORTED = ("InputPath", "InputTransformer")


class RuleDeliveries:
    """EventBridge's delivery: one thread, so that the events of a rule arrive in order."""

    def __init__(self, clients: Clients, invocations: Invocations, events: EventLog) -> None:
        self._clients = clients
        self._invocations = invocations
        self._events = events
        self._pending: SimpleQueue[tuple[str, Json, Json] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="rule-deliveries", daemon=True)
        self._thread.start()

    def put(self, rule_arn: str, target: Json, event: Json) -> None:
        """Queue an event for one target of a rule."""
        self._pending.put((rule_arn, target, event))

    def close(self) -> None:
        """Deliver what is queued, then stop."""
        self._pending.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (delivery := self._pending.get()) is not None:
            rule_arn, target, event = delivery
            try:
                self._deliver(rule_arn, target, event)
            except Exception as error:
                self._events.add(delivery_failure(rule_arn, target["Arn"], error))

    def _deliver(self, rule_arn: str, target: Json, event: Json) -> None:
        if refusal := self._refusal(rule_arn, target):
            self._give_up(rule_arn, target, event, *refusal)
            return
        try:
            self._invocations.deliver(target["Arn"], target.get("Input") or json.dumps(event))
        except ClientError as error:
            self._give_up(rule_arn, target, event, "SDK_CLIENT_ERROR", str(error))

    def _refusal(self, rule_arn: str, target: Json) -> tuple[str, str] | None:
        """Return EventBridge's error code and the reason, if it can't deliver for good."""
        arn, service = target["Arn"], service_of(target["Arn"])
        if unsupported := [name for name in UNSUPPORTED if name in target]:
            reason = f"the local cloud does not transform input: {', '.join(unsupported)}"
            return "INVALID_PARAMETER", reason
        if service == "lambda":
            allowed = resource_policies.may_invoke(self._clients, arn, EVENTS, rule_arn)
            missing = "Lambda permission"
        elif service == "sqs":
            allowed = resource_policies.may_send(self._clients, arn, EVENTS, rule_arn)
            missing = "queue policy"
        else:
            return "INVALID_PARAMETER", f"no {service} targets"
        return None if allowed else ("NO_PERMISSIONS", f"no {missing} for {EVENTS} and this rule")

    def _give_up(self, rule_arn: str, target: Json, event: Json, code: str, reason: str) -> None:
        """Send the event to the target's dead-letter queue, if it has one.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        self._events.add(Undelivered(rule_arn, target["Arn"], reason))
        if queue := target.get("DeadLetterConfig", {}).get("Arn"):
            attributes = {
                "RULE_ARN": rule_arn,
                "TARGET_ARN": target["Arn"],
                "ERROR_CODE": code,
                "ERROR_MESSAGE": reason,
            }
            self._clients.send_message(queue, json.dumps(event), attributes)
