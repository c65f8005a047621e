"""Delivers events as AWS does: late, twice, or not at all; retries what failed, then gives up."""

from __future__ import annotations

import copy
import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatch
from itertools import count
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from greenlet import getcurrent
from moto.events.models import EventPattern

import intake.handler
import intake.reporting
import intake.scheduler
from common.errors import BusyError, ConflictError, CopyCheckError, NotYetError
from common.scheduler import scheduler_client
from local_cloud.cloud.queues import failed_items
from local_cloud.cloud.schedules import due, with_attributes
from tests.simulation.cloud import FaultyCloud, Invocation, Killed
from tests.simulation.faults import Faults
from tests.simulation.timeline import Timeline
from tests.simulation.wiring import Wiring, arn, resource_of
from tests.support.aws import GROUP
from tests.support.context import LambdaContext
from tests.support.events import load_event

Json = dict[str, Any]
# What others at work at the same time, users among them, may cause; a retry helps.
EXPLAINED = (BusyError, ConflictError, CopyCheckError, NotYetError)
RETRY_DELAYS = (60.0, 120.0)  # seconds; Lambda's, between attempts at an asynchronous event


@dataclass
class Context(LambdaContext):
    """Tells the time that is left."""

    seconds_left: Callable[[], float] = float

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda does."""
        return int(self.seconds_left() * 1000)


@dataclass
class Message:
    """A message of a queue."""

    number: int
    body: str
    receives: int = 0
    in_flight: bool = False


@dataclass
class Deliveries:
    """Lambda, SQS, Scheduler, EventBridge and S3's notifications, as far as they pass events on."""

    timeline: Timeline
    cloud: FaultyCloud
    faults: Faults
    wiring: Wiring
    require: Callable[[str, bool, object], None]
    # For how many seconds a schedule is listed after it has fired.
    listed: tuple[float, float] = (1, 90)
    outcomes: Counter[str] = field(default_factory=Counter)
    events: int = 0
    given_up: list[tuple[str, Json]] = field(default_factory=list)
    _messages: dict[int, Message] = field(default_factory=dict)
    _batches: int = 0
    _number: Iterator[int] = field(default_factory=count)

    # Lambda

    def start(self, function: str, event: Json, attempt: int = 1) -> None:
        """Start a function with an event; what fails is tried again."""
        config = self.wiring.properties(function)["EventInvokeConfig"]
        destinations = config["DestinationConfig"]

        def ended(answer: Json | None) -> None:
            if answer is not None:
                if destination := destinations.get("OnSuccess"):
                    envelope = {"requestPayload": event, "responsePayload": answer}
                    self._send("destination", resource_of(destination["Destination"]), envelope)
            elif attempt <= config["MaximumRetryAttempts"]:
                self.timeline.after(
                    RETRY_DELAYS[attempt - 1], lambda: self.start(function, event, attempt + 1)
                )
            else:
                self.give_up(resource_of(destinations["OnFailure"]["Destination"]), event)

        self._invoke(function, event, ended)

    def give_up(self, queue: str, event: Json) -> None:
        """Put an event into a queue that nobody reads but people."""
        self.given_up.append((queue, event))

    def _send(self, source: str, function: str, event: Json) -> None:
        self.events += 1
        for delay in self.faults.delays(source, function):
            self.timeline.after(delay, lambda: self.start(function, event))

    def _invoke(self, function: str, event: Json, ended: Callable[[Json | None], None]) -> None:
        def work() -> None:
            timeout = timedelta(seconds=self.wiring.properties(function)["Timeout"])
            invocation = Invocation(function, self.timeline.now + timeout)
            self.cloud.invocations[getcurrent()] = invocation
            context = Context(
                function_name=function,
                invoked_function_arn=arn(function),
                seconds_left=lambda: invocation.deadline.timestamp() - self.timeline.seconds(),
            )
            # A process of its own, which no other invocation interrupts.
            intake.handler.processor = BatchProcessor(event_type=EventType.SQS)
            answer = None
            try:
                made = self.wiring.handler(function)(copy.deepcopy(event), context)
                answer = json.loads(json.dumps(made))
                self.outcomes[f"{function} ended"] += 1
            except Killed:
                self.outcomes[f"{function} killed"] += 1
                if function == "IntakeFunction":
                    intake.scheduler.seen.clear()
                    intake.reporting.read_at.clear()
            except Exception as error:
                self._check_error(invocation, error)
                self.outcomes[f"{function} raised {type(error).__name__}"] += 1
            del self.cloud.invocations[getcurrent()]
            ended(answer)

        self.timeline.start(work)

    def _check_error(self, invocation: Invocation, error: Exception) -> None:
        """Look at what a function raised: a fault explains it, or another one at work does."""
        explained = bool(invocation.faults) or isinstance(error, EXPLAINED)
        trace = "" if explained else "".join(traceback.format_exception(error))
        self.require("no function fails without a fault", explained, trace)

    # Scheduler

    def start_daily(self) -> None:
        """Fire the daily schedules from now on."""
        for name in self.wiring.of_type("AWS::Scheduler::Schedule"):
            self._plan_daily(name)

    def _plan_daily(self, name: str) -> None:
        schedule = self.wiring.properties(name)
        moment = due(schedule["ScheduleExpression"], after=self.timeline.now)
        target = schedule["Target"]

        def fire() -> None:
            event = with_attributes(target["Input"], arn(name), moment)
            self._send("scheduler", resource_of(target["Arn"]), json.loads(event))
            self._plan_daily(name)

        self.timeline.at(moment, fire)

    def schedule(self, created: Json, name: str) -> None:
        """Fire a one-time schedule once its time has come; it is listed a while longer."""
        target = created["Target"]
        moment = due(created["ScheduleExpression"])

        def fire() -> None:
            self._send("scheduler", resource_of(target["Arn"]), json.loads(target["Input"]))
            self.timeline.after(self.faults.random.uniform(*self.listed), delete)

        def delete() -> None:
            scheduler_client().delete_schedule(GroupName=GROUP, Name=name)

        # Scheduler is precise to a minute.
        self.timeline.at(moment + timedelta(seconds=self.faults.random.uniform(0, 59)), fire)

    # EventBridge

    def publish(self, event: Json) -> None:
        """Send an event to the targets of each rule that it matches."""
        for name in self.wiring.of_type("AWS::Events::Rule"):
            rule = self.wiring.properties(name)
            if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event):
                for target in rule["Targets"]:
                    self._send("rule", resource_of(target["Arn"]), event)

    # S3's notifications, and the queue

    def notify(self, event_name: str, key: str) -> None:
        """Tell the queue that an object was created or removed, if the bucket is to."""
        configuration = self.wiring.properties("Bucket")["NotificationConfiguration"]
        for notified in configuration["QueueConfigurations"]:
            [rule] = notified["Filter"]["S3Key"]["Rules"]
            if fnmatch(f"s3:{event_name}", notified["Event"]) and key.startswith(rule["Value"]):
                event = load_event("s3/object_created")
                record = event["Records"][0]
                record["eventName"] = event_name
                record["eventTime"] = f"{self.timeline.now:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
                record["s3"]["object"]["key"] = key
                self._notify(key, json.dumps(event))

    def _notify(self, key: str, body: str) -> None:
        self.events += 1
        for delay in self.faults.delays("s3", key):
            self.timeline.after(delay, lambda: self._add(body))

    def _add(self, body: str) -> None:
        message = Message(next(self._number), body)
        self._messages[message.number] = message
        self._collect_soon()

    def _collect_soon(self) -> None:
        feed = self.wiring.properties("IntakeFunction")["Events"]["Drops"]["Properties"]
        self.timeline.after(feed["MaximumBatchingWindowInSeconds"], lambda: self._collect(feed))

    def _collect(self, feed: Json) -> None:
        waiting = [message for message in self._messages.values() if not message.in_flight]
        batch = {str(message.number): message for message in waiting[: feed["BatchSize"]]}
        if not batch or self._batches >= feed["ScalingConfig"]["MaximumConcurrency"]:
            return
        self._batches += 1
        for message in batch.values():
            message.receives += 1
            message.in_flight = True
        records = [
            {"messageId": number, "body": message.body, "eventSource": "aws:sqs"}
            for number, message in batch.items()
        ]

        def ended(answer: Json | None) -> None:
            self._batches -= 1
            failed = {*batch} if answer is None else failed_items(answer, {*batch})
            for number, message in batch.items():
                if number not in failed:
                    del self._messages[message.number]
            self._return_later([batch[number] for number in sorted(failed)])
            self._collect_soon()

        self._invoke("IntakeFunction", {"Records": records}, ended)

    def _return_later(self, messages: list[Message]) -> None:
        queue = self.wiring.properties("DropQueue")

        def back() -> None:
            for message in messages:
                message.in_flight = False
                if message.receives >= queue["RedrivePolicy"]["maxReceiveCount"]:
                    del self._messages[message.number]
                    dead = resource_of(queue["RedrivePolicy"]["deadLetterTargetArn"])
                    self.give_up(dead, json.loads(message.body))
            self._collect_soon()

        if messages:
            self.timeline.after(queue["VisibilityTimeout"], back)
