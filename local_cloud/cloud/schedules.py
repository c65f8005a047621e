"""Fires EventBridge Scheduler's one-time schedules: moto stores them and never acts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, ScheduleFired, Undelivered, delivery_failure, now
from local_cloud.cloud.invocations import Invocations

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef, TargetOutputTypeDef

PERIOD_SECONDS = 0.2


class Schedules:
    """A thread that looks for due schedules several times a second."""

    def __init__(self, clients: Clients, invocations: Invocations, events: EventLog) -> None:
        self._clients = clients
        self._invocations = invocations
        self._events = events
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
                self._events.add(delivery_failure("scheduler", "", error))

    def _current(self) -> Iterator[tuple[tuple[str, dt.datetime], GetScheduleOutputTypeDef]]:
        """Yield every schedule; a schedule is read again only after it has changed."""
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
        self._events.add(ScheduleFired(schedule["Name"], target["Arn"]))
        try:
            self._invocations.deliver(target["Arn"], target.get("Input", "{}"))
        except ClientError as error:
            self._events.add(Undelivered(schedule["Name"], target["Arn"], str(error)))
            self._send_to_dead_letter_queue(target, error)
        if schedule.get("ActionAfterCompletion") == "DELETE":
            self._known.pop(key, None)
            self._clients("scheduler").delete_schedule(
                Name=schedule["Name"], GroupName=schedule["GroupName"]
            )

    def _send_to_dead_letter_queue(self, target: TargetOutputTypeDef, error: ClientError) -> None:
        """Keep an input that could not be delivered.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
        """
        if queue := target.get("DeadLetterConfig", {}).get("Arn"):
            attributes = {
                "ERROR_CODE": error.response["Error"]["Code"],
                "ERROR_MESSAGE": error.response["Error"]["Message"],
                "TARGET_ARN": target["Arn"],
            }
            self._clients.send_message(queue, target.get("Input", "{}"), attributes)


def due(expression: str, timezone: str = "UTC") -> dt.datetime | None:
    """Return when an `at(yyyy-mm-ddThh:mm:ss)` expression is due; None for rate() and cron()."""
    if not (expression.startswith("at(") and expression.endswith(")")):
        return None
    return dt.datetime.fromisoformat(expression[3:-1]).replace(tzinfo=ZoneInfo(timezone))
