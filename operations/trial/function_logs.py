"""Reads the logs of the functions: invocations, errors and missing permissions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
REPORT = re.compile(r"^REPORT RequestId: (?P<request>\S+)")
FIGURE = re.compile(r"(?P<name>[A-Z][A-Za-z ]+): (?P<value>[0-9.]+) (?:ms|MB)")
# The words of AWS's services and libraries for a missing permission.
DENIED = re.compile(r"AccessDenied|not authorized to perform|UnauthorizedOperation|Forbidden")
FAILED = re.compile(r'"level": ?"(?:ERROR|CRITICAL)"|Task timed out|Runtime\.|^Traceback')


@dataclass(frozen=True)
class BilledInvocation:
    """An invocation as Lambda bills it: milliseconds and MB."""

    billed: int
    memory_size: int
    memory_used: int | None
    init: float | None

    @property
    def gigabyte_seconds(self) -> float:
        """The unit of the bill."""
        return self.billed / 1000 * self.memory_size / 1024


def read_invocations(lines: Sequence[str]) -> list[BilledInvocation]:
    """Return the invocations that Lambda reports in the lines."""
    invocations = []
    for line in lines:
        if REPORT.match(line):
            figures = {match["name"].strip(): match["value"] for match in FIGURE.finditer(line)}
            used, init = figures.get("Max Memory Used"), figures.get("Init Duration")
            invocations.append(
                BilledInvocation(
                    billed=int(float(figures["Billed Duration"])),
                    memory_size=int(figures["Memory Size"]),
                    memory_used=int(used) if used else None,
                    init=float(init) if init else None,
                )
            )
    return invocations


def read_denials(lines: Sequence[str]) -> list[str]:
    """Return the lines about a missing permission."""
    return [line for line in lines if DENIED.search(line)]


def read_failures(lines: Sequence[str]) -> list[str]:
    """Return the lines about an error."""
    return [line for line in lines if FAILED.search(line)]


def read_lines(logs: Any, group: str, stream_prefix: str = "") -> list[str]:
    """Read the events of a log group."""
    only = {"logStreamNamePrefix": stream_prefix} if stream_prefix else {}
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, **only)
        return [event["message"].rstrip() for page in pages for event in page["events"]]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return []  # nothing was ever written
        raise
