"""Every request that a function really makes is one its role allows, and every grant is used."""

from __future__ import annotations

import ast
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sts.models import sts_backends

from local_cloud.account import ACCOUNT
from tests.end_to_end.conftest import Chain
from tests.support.permissions import Permission, Request, granted, needed

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
CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/[^/]+/(?P<service>[^/]+)/")


class Recorder:
    """Keeps every request that reached the server, with the access key that signed it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Request]] = []

    def add(self, environ: dict[str, Any]) -> None:
        signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            return
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        request = Request(
            signed["service"],
            environ["REQUEST_METHOD"],
            # WSGI decodes the path as latin-1: https://peps.python.org/pep-3333/#unicode-issues
            environ["PATH_INFO"].encode("latin-1").decode(),
            environ["QUERY_STRING"],
            headers,
            body,
        )
        self.requests.append((signed["key"], request))

    def by_role(self) -> dict[str, set[Permission]]:
        """Return the permissions that each role needed, by the role's name."""
        roles = {
            assumed.access_key_id: assumed.role_arn.rsplit("/", 1)[-1]
            for assumed in sts_backends[ACCOUNT]["aws"].assumed_roles
        }
        found: defaultdict[str, set[Permission]] = defaultdict(set)
        for key, request in self.requests:
            if key in roles:
                found[roles[key]] |= set(needed(request))
        return found


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recording = Recorder()
    answer = DomainDispatcherApplication.__call__

    def record(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        recording.add(environ)
        return answer(self, environ, start_response)

    monkeypatch.setattr(DomainDispatcherApplication, "__call__", record)
    return recording


def statements(chain: Chain, role: str) -> list[dict[str, Any]]:
    """Return what a role allows, with the stack's own names in place of references."""
    iam = chain.cloud.client("iam")
    found: list[dict[str, Any]] = []
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        # moto hands a policy that CloudFormation made back as Python text, not as JSON.
        found += ast.literal_eval(str(document))["Statement"]
    return found


def test_the_roles_are_enough_and_not_more(chain: Chain, recorder: Recorder):
    chain.deploy(MaximumRunsPerDay="1", QuietPeriodSeconds="1")
    chain.drop([f"good/{n}.png" for n in range(12)])
    chain.await_drop("refused")
    chain.drop_classes()
    chain.await_run("done")
    chain.drop_classes(prefix="more ")
    chain.await_run("capped")
    chain.await_outcome("capped")  # the notification comes after the status

    used = recorder.by_role()

    assert len(used) == len(FUNCTIONS)
    for function in FUNCTIONS:
        role = chain.roles[function]
        allowed = statements(chain, role)
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
