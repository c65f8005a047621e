"""Reads the logs of the functions: invocations, errors and missing permissions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
REPORT = re.compile(r"REPORT RequestId: .*\bBilled Duration: (\d+) ms\s+Memory Size: (\d+) MB")
# The words of AWS's services and libraries for a missing permission.
DENIED = re.compile(r"AccessDenied|not authorized to perform|UnauthorizedOperation|Forbidden")
FAILED = re.compile(r'"level": ?"(?:ERROR|CRITICAL)"|Task timed out|Runtime\.|^Traceback')


class BilledInvocation(NamedTuple):
    """An invocation as Lambda bills it: milliseconds and MB."""

    billed: int
    memory_size: int

    @property
    def gigabyte_seconds(self) -> float:
        """The unit of the bill."""
        return self.billed / 1000 * self.memory_size / 1024


def read_invocations(lines: Sequence[str]) -> list[BilledInvocation]:
    """Return the invocations that Lambda reports in the lines."""
    reports = [match.groups() for line in lines if (match := REPORT.match(line))]
    return [BilledInvocation(int(billed), int(memory)) for billed, memory in reports]


def read_denials(lines: Sequence[str]) -> list[str]:
    """Return the lines about a missing permission."""
    return [line for line in lines if DENIED.search(line)]


def read_failures(lines: Sequence[str]) -> list[str]:
    """Return the lines about an error."""
    return [line for line in lines if FAILED.search(line)]


def read_lines(logs: Any, group: str, stream_prefix: str = "") -> list[str]:
    """Read the events of a log group; none if nothing was ever written."""
    only = {"logStreamNamePrefix": stream_prefix} if stream_prefix else {}
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, **only)
        return [event["message"].rstrip() for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []
