"""Fires EventBridge Scheduler's one-time schedules: moto stores them and never acts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from local_cloud.cloud.arns import last_part, service_of
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, ScheduleFired, Undelivered, now, undone
from local_cloud.cloud.invocations import Invocations

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef, TargetOutputTypeDef

PERIOD_SECONDS = 0.2


class Schedules:
    """A thread that looks several times a second for schedules that are due."""

    def __init__(self, clients: Clients, invocations: Invocations, records: EventLog) -> None:
        self._clients = clients
        self._invocations = invocations
        self._records = records
        self._stopping = threading.Event()
        self._known: dict[tuple[str, dt.datetime], GetScheduleOutputTypeDef] = {}
        self._fired: set[tuple[str, dt.datetime]] = set()
        self._thread = threading.Thread(target=self._work, name="schedules", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            try:
                for key, schedule in list(self._current()):
                    self._fire_if_due(key, schedule)
            except Exception as error:
                self._records.add(undone("scheduler", "", error))

    def _current(self) -> Iterator[tuple[tuple[str, dt.datetime], GetScheduleOutputTypeDef]]:
        """Yield every schedule; one is read again only when it has changed."""
        scheduler = self._clients("scheduler")
        for page in scheduler.get_paginator("list_schedules").paginate():
            for entry in page["Schedules"]:
                key = (entry["Arn"], entry["LastModificationDate"])
                if key not in self._known:
                    try:
                        self._known[key] = scheduler.get_schedule(
                            Name=entry["Name"], GroupName=entry["GroupName"]
                        )
                    except scheduler.exceptions.ResourceNotFoundException:
                        continue  # deleted since it was listed
                yield key, self._known[key]

    def _fire_if_due(
        self, key: tuple[str, dt.datetime], schedule: GetScheduleOutputTypeDef
    ) -> None:
        if key in self._fired or schedule["State"] != "ENABLED":
            return
        moment = due(schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"])
        if moment is None or moment > now():
            return
        self._fired.add(key)
        target = schedule["Target"]
        self._records.add(ScheduleFired(schedule["Name"], target["Arn"]))
        try:
            self._send(target)
        except ClientError as error:
            self._records.add(Undelivered(schedule["Name"], target["Arn"], str(error)))
            self._send_to_dead_letter_queue(target, error)
        if schedule.get("ActionAfterCompletion") == "DELETE":
            self._known.pop(key, None)
            self._clients("scheduler").delete_schedule(
                Name=schedule["Name"], GroupName=schedule["GroupName"]
            )

    def _send(self, target: TargetOutputTypeDef) -> None:
        arn, body = target["Arn"], target.get("Input", "{}")
        if service_of(arn) == "sqs":
            url = self._clients("sqs").get_queue_url(QueueName=last_part(arn))["QueueUrl"]
            self._clients("sqs").send_message(QueueUrl=url, MessageBody=body)
            return
        # Raises when there is no such function, which is when Scheduler cannot deliver.
        self._clients("lambda").get_function_configuration(FunctionName=arn)
        self._invocations.put(arn, body.encode())

    def _send_to_dead_letter_queue(self, target: TargetOutputTypeDef, error: ClientError) -> None:
        """Keep what could not be delivered.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
        """
        if queue := target.get("DeadLetterConfig", {}).get("Arn"):
            sqs = self._clients("sqs")
            attributes = {
                "ERROR_CODE": error.response["Error"]["Code"],
                "ERROR_MESSAGE": error.response["Error"]["Message"],
                "TARGET_ARN": target["Arn"],
            }
            sqs.send_message(
                QueueUrl=sqs.get_queue_url(QueueName=last_part(queue))["QueueUrl"],
                MessageBody=target.get("Input", "{}"),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )


def due(expression: str, timezone: str = "UTC") -> dt.datetime | None:
    """Return when an `at(yyyy-mm-ddThh:mm:ss)` expression is due; None for rate() and cron()."""
    if not (expression.startswith("at(") and expression.endswith(")")):
        return None
    return dt.datetime.fromisoformat(expression[3:-1]).replace(tzinfo=ZoneInfo(timezone))
