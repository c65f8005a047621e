"""Every request that a function really makes is one its role allows, and every grant is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.end_to_end.conftest import Chain
from tests.support.permissions import granted
from tests.support.requests import Recorder

# What Lambda itself does with a function's role; the local cloud does it with its own key.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "lambda:InvokeFunction",
    "sqs:SendMessage",
}
FUNCTIONS = ("Intake", "Split", "Launch", "Plot")


def test_the_roles_are_enough_and_not_more(chain: Chain, recorder: Recorder):
    chain.deploy(MaximumRunsPerDay="2", QuietPeriodSeconds="1")
    with chain.unnoticed():
        chain.drop([f"good/{n}.png" for n in range(12)])
    chain.drop(["good/0.png"])
    chain.await_drop("refused")
    (chain.control / "fail").touch()
    chain.drop_at_once()
    failed = chain.await_run("failed")
    assert "It had trained 1 epoch" in failed["sentence"]  # as its checkpoint says
    (chain.control / "fail").unlink()
    chain.drop_at_once(prefix="others ")
    chain.await_run("done")
    chain.drop_at_once(prefix="more ")
    chain.await_run("capped")
    chain.await_outcome("capped")  # the notification comes after the status

    used = recorder.by_role()

    assert len(used) == len(FUNCTIONS)
    for function in FUNCTIONS:
        role = chain.roles[function]
        allowed = chain.statements(role)
        refused = [permission for permission in used[role] if not granted(allowed, permission)]
        assert refused == [], f"{function} may not do what it does"
        unused = [
            grant
            for grant in grants(allowed)
            if grant["Action"] not in BY_LAMBDA
            and not any(granted([grant], permission) for permission in used[role])
        ]
        assert unused == [], f"{function} may do what it never does"


def grants(allowed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Take statements apart: one action on one resource each."""
    for statement in allowed:
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                yield {"Action": action, "Resource": resource}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
