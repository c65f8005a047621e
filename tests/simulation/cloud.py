"""Stands between botocore and moto: each request of a function may meet a fault on its way.

The client's own retries go on above it. So an effect whose answer is lost is asked for twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError
from greenlet import getcurrent
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from tests.simulation.faults import Call, Fault, Faults
from tests.simulation.timeline import Timeline

XML = "<Error><Code>{0}</Code><Message>{0}</Message></Error>"
QUERY = "<ErrorResponse><Error><Code>{0}</Code><Message>{0}</Message></Error></ErrorResponse>"
ERRORS: dict[str, tuple[int, str]] = {"s3": (503, "SlowDown"), "sns": (400, "Throttling")}
SLOW_SECONDS = 20.0  # less than a lock on a notification lasts
THROTTLED = (400, "ThrottlingException")


class Killed(BaseException):
    """Lambda ended the function; nothing catches it."""


@dataclass
class Invocation:
    """A function at work; a `dead` one has no effect any more."""

    function: str
    deadline: datetime
    calls: int = 0
    dead: bool = False
    # What its faults were, by the call that met them.
    faults: list[tuple[Call, Fault]] = field(default_factory=list)


Observer = Callable[[Call, AWSPreparedRequest, AWSResponse], None]
Service = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


@dataclass
class FaultyCloud:
    """Answers requests; `observers` see what had an effect, `services` replace moto's."""

    timeline: Timeline
    faults: Faults
    services: dict[str, Service] = field(default_factory=dict)
    observers: list[Observer] = field(default_factory=list)
    invocations: dict[Any, Invocation] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    # The fault of a call whose every attempt meets one, by the client's id of the call.
    _lasting: dict[str, Fault] = field(default_factory=dict)

    def current(self) -> Invocation | None:
        """Return the invocation that is at work."""
        return self.invocations.get(getcurrent())

    def answer(self, moto: Any, event: str, request: AWSPreparedRequest) -> AWSResponse | None:
        """Answer a request, or raise as a connection does."""
        _, service, operation = event.split(".")
        invocation = self.current()
        if invocation is None:
            return self._do(moto, event, request)
        call = self._next(invocation, service, operation, request)
        fault = self._fault(call, request)
        self.log.append(f"{self.timeline.now} {call} {fault}")
        if fault:
            invocation.faults.append((call, fault))
        self._fail_before(fault, call, request, invocation)
        if fault == "slow":
            self.timeline.pause(SLOW_SECONDS)
        if fault in ("error", "errors", "throttled", "conflict"):
            return _refuse(fault, call, request)
        answer = self._do(moto, event, request)
        for observe in self.observers:
            observe(call, request, answer)
        if fault == "killed after":
            invocation.dead = True
            raise Killed
        if fault in ("answer lost", "answer lost for good"):
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer

    def _next(
        self, invocation: Invocation, service: str, operation: str, request: AWSPreparedRequest
    ) -> Call:
        """Give way to others, then count the call."""
        if not invocation.dead:
            self.timeline.pause(self.faults.random.uniform(0.005, 0.2))
        if invocation.dead or self.timeline.now > invocation.deadline:
            invocation.dead = True
            raise Killed
        invocation.calls += 1
        self.calls[service] += 1
        conditional = any(name in request.headers for name in ("If-Match", "If-None-Match"))
        target = unquote(request.url.partition("?")[0].split("/", 3)[-1])
        return Call(invocation.function, service, operation, target, invocation.calls, conditional)

    def _fault(self, call: Call, request: AWSPreparedRequest) -> Fault | None:
        """Draw a fault, once for all attempts of a call if it lasts."""
        name = _text(request.headers.get("amz-sdk-invocation-id", ""))
        if name in self._lasting:
            return self._lasting[name]
        fault = self.faults.at_call(call)
        if fault in ("errors", "no connection"):
            self._lasting[name] = fault
        if fault == "answer lost for good":
            self._lasting[name] = "no connection"
        return fault

    def _fail_before(
        self, fault: Fault | None, call: Call, request: AWSPreparedRequest, invocation: Invocation
    ) -> None:
        if fault == "killed before":
            invocation.dead = True
            raise Killed
        if fault == "no connection":
            raise EndpointConnectionError(endpoint_url=request.url)

    def _do(self, moto: Any, event: str, request: AWSPreparedRequest) -> AWSResponse:
        _, service, operation = event.split(".")
        if service in self.services:
            status, body = self.services[service](operation, json.loads(request.body or "{}"))
            return _respond(request, status, json.dumps(body))
        answer: AWSResponse = PASS_ON(moto, event, request)
        return answer


PASS_ON = BotocoreStubber.__call__


def _refuse(fault: Fault, call: Call, request: AWSPreparedRequest) -> AWSResponse:
    if fault == "conflict":
        status, code = 409, "ConditionalRequestConflict"
    elif fault == "throttled":
        status, code = ERRORS.get(call.service, THROTTLED)
    else:
        status, code = 500, "InternalError"
    form = {"s3": XML, "sns": QUERY}.get(call.service)
    body = form.format(code) if form else json.dumps({"__type": code, "message": code})
    return _respond(request, status, body, {"x-amzn-errortype": code})


def _respond(
    request: AWSPreparedRequest, status: int, body: str, headers: dict[str, str] | None = None
) -> AWSResponse:
    raw: Any = MockRawResponse(body)
    return AWSResponse(request.url, status, headers or {}, raw)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
