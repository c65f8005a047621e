"""What reaches the local cloud's server, told apart by who signed it."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sts.models import sts_backends

from local_cloud.cloud.arns import ACCOUNT
from tests.support.permissions import Permission, Request, needed

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/[^/]+/(?P<service>[^/]+)/")

# Gets the access key that signed a request, the request, and what answers it; returns None when it
# is not to be answered, because nobody is there any more.
Follower = Callable[[str, Request, Callable[[], Iterable[bytes]]], Iterable[bytes] | None]


def follow_requests(monkeypatch: pytest.MonkeyPatch, follower: Follower) -> None:
    """Let `follower` see each signed request; it answers by calling what it is given."""
    answer = DomainDispatcherApplication.__call__

    def follow(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if match is None:
            return answer(self, environ, start_response)
        request = read_request(match["service"], environ)
        answered = follower(match["key"], request, lambda: answer(self, environ, start_response))
        if answered is None:
            start_response("503 Service Unavailable", [])
            return []
        return answered

    monkeypatch.setattr(DomainDispatcherApplication, "__call__", follow)


def read_request(service: str, environ: dict[str, Any]) -> Request:
    """Read a request of a WSGI server, and leave its body to be read again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return Request(
        service,
        environ["REQUEST_METHOD"],
        # WSGI decodes the path as latin-1: https://peps.python.org/pep-3333/#unicode-issues
        environ["PATH_INFO"].encode("latin-1").decode(),
        environ["QUERY_STRING"],
        headers,
        body,
    )


def roles_by_key() -> dict[str, str]:
    """Return the name of the role behind each access key that was given out."""
    return {
        assumed.access_key_id: assumed.role_arn.rsplit("/", 1)[-1]
        for assumed in sts_backends[ACCOUNT]["aws"].assumed_roles
    }


class Recorder:
    """Keeps every request that reached the server, with the access key that signed it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Request]] = []

    def __call__(
        self, key: str, request: Request, answer: Callable[[], Iterable[bytes]]
    ) -> Iterable[bytes]:
        self.requests.append((key, request))
        return answer()

    def by_role(self) -> dict[str, set[Permission]]:
        """Return the permissions that each role needed, by the role's name."""
        roles = roles_by_key()
        permissions: defaultdict[str, set[Permission]] = defaultdict(set)
        for key, request in self.requests:
            if key in roles:
                permissions[roles[key]] |= set(needed(request))
        return permissions
