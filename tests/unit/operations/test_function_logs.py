"""What Lambda's own lines say of an invocation, and which lines tell of trouble."""

from __future__ import annotations

import pytest

from operations.trial.function_logs import (
    BilledInvocation,
    read_denials,
    read_failures,
    read_invocations,
)

# As Lambda writes it: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
COLD = (
    "REPORT RequestId: 8f507cfc-example\tDuration: 15.74 ms\tBilled Duration: 147 ms\t"
    "Memory Size: 512 MB\tMax Memory Used: 56 MB\tInit Duration: 130.49 ms"
)
WARM = "REPORT RequestId: 1-2\tDuration: 2000.10 ms\tBilled Duration: 2001 ms\tMemory Size: 1769 MB"


def test_a_report_is_read_with_and_without_a_start():
    assert read_invocations(["START RequestId: 1", COLD, "{}", WARM]) == [
        BilledInvocation(billed=147, memory_size=512),
        BilledInvocation(billed=2001, memory_size=1769),
    ]


def test_a_second_with_a_gigabyte_is_a_gigabyte_second():
    assert BilledInvocation(1000, 1024).gigabyte_seconds == 1
    assert BilledInvocation(500, 512).gigabyte_seconds == 0.25


@pytest.mark.parametrize(
    "line",
    [
        "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the "
        "PutObject operation: Access Denied",
        "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: sns:Publish",
        "An error occurred (403) when calling the HeadObject operation: Forbidden",
    ],
)
def test_a_missing_permission_is_noticed(line: str):
    assert read_denials(["START", line]) == [line]


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"ERROR","message":"no"}',
        '{"level": "CRITICAL"}',
        "2026-01-01T00:00:00Z 1 Task timed out after 30.00 seconds",
        "RequestId: 1 Error: Runtime exited with error: signal: killed Runtime.ExitError",
        "Traceback (most recent call last):",
    ],
)
def test_an_error_is_noticed(line: str):
    assert read_failures(["END", line]) == [line]


def test_ordinary_lines_are_no_trouble():
    lines = [COLD, '{"level":"INFO","message":"split","status":"ready"}', '{"level":"WARNING"}']

    assert read_denials(lines) == read_failures(lines) == []
