"""Fires EventBridge Scheduler's one-time and daily schedules: moto stores them and never acts."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, ScheduleFired, Undelivered, delivery_failure, now
from local_cloud.cloud.invocations import Invocations

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef, TargetOutputTypeDef

PERIOD_SECONDS = 0.2
DAILY = re.compile(r"cron\((?P<minute>\d+) (?P<hour>\d+) \* \* \? \*\)")


class Schedules:
    """A thread that looks for due schedules several times a second."""

    def __init__(self, clients: Clients, invocations: Invocations, events: EventLog) -> None:
        self._clients = clients
        self._invocations = invocations
        self._events = events
        self._stopping = threading.Event()
        self._known: dict[tuple[str, dt.datetime], GetScheduleOutputTypeDef] = {}
        self._fired: dict[tuple[str, dt.datetime], dt.datetime] = {}
        self._looked_at = now()
        self._thread = threading.Thread(target=self._work, name="schedules", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            try:
                moment = now()
                for key, schedule in list(self._current()):
                    self._fire_if_due(key, schedule, moment)
                self._looked_at = moment
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
        self,
        key: tuple[str, dt.datetime],
        schedule: GetScheduleOutputTypeDef,
        moment: dt.datetime,
    ) -> None:
        time = due(
            schedule["ScheduleExpression"],
            schedule["ScheduleExpressionTimezone"],
            after=self._looked_at,
        )
        if schedule["State"] != "ENABLED" or time > moment or self._fired.get(key) == time:
            return
        self._fired[key] = time
        target = schedule["Target"]
        self._events.add(ScheduleFired(schedule["Name"], target["Arn"]))
        try:
            self._invocations.deliver(
                target["Arn"], with_attributes(target.get("Input", "{}"), schedule["Arn"], time)
            )
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


def due(expression: str, timezone: str = "UTC", after: dt.datetime | None = None) -> dt.datetime:
    """Return when a schedule is due: `at(yyyy-mm-ddThh:mm:ss)`, or daily, `cron(mm hh * * ? *)`.

    A daily schedule is due at its first time later than `after`.

    Raises:
        NotImplementedError: the expression is another one, such as rate().
    """
    zone = ZoneInfo(timezone)
    if expression.startswith("at("):
        return dt.datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone)
    match = DAILY.fullmatch(expression)
    if match is None:
        raise NotImplementedError(f"the local cloud plays no schedule {expression}")
    start = (after or now()).astimezone(zone)
    time = start.replace(
        hour=int(match["hour"]), minute=int(match["minute"]), second=0, microsecond=0
    )
    return time if time > start else time + dt.timedelta(days=1)


def with_attributes(text: str, arn: str, time: dt.datetime) -> str:
    """Put in what Scheduler knows of an invocation.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    values = {
        "schedule-arn": arn,
        "scheduled-time": f"{time.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": str(uuid4()),
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
