"""What the split asks of S3 for each further image, as docs/deployment.md bills it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from split.handler import handle
from tests.support.aws import Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings

FEW, MANY = 12, 32  # images in each of two classes


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The requests to S3 by their price class: put, list or get (https://aws.amazon.com/s3/pricing/)."""
    counts: Counter[str] = Counter()
    answer = DomainDispatcherApplication.__call__

    def count(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        if re.search("Credential=.*/s3/", environ.get("HTTP_AUTHORIZATION", "")):
            key = environ["PATH_INFO"].strip("/").partition("/")[2]
            kinds = {"PUT": "put", "POST": "put", "GET": "get" if key else "list", "HEAD": "get"}
            counts[kinds.get(environ["REQUEST_METHOD"], "free")] += 1
        return answer(self, environ, start_response)

    monkeypatch.setattr(DomainDispatcherApplication, "__call__", count)
    return counts


def requests_of_a_split(aws: Stack, requests: Counter[str], size: int) -> Counter[str]:
    for name in ("good", "oil"):
        for number in range(size):
            # Larger than what the split looks into, as photographs are.
            aws.put(f"raw/{name}/{size} {number}.png", png(f"{name} {size} {number} ".ljust(3000)))
    requests.clear()
    assert handle(load_event("scheduler/ready"), LambdaContext())["status"] == "ready"
    return requests.copy()


def test_each_further_image_costs_the_split_one_copy(aws: Stack, requests: Counter[str]):
    few = requests_of_a_split(aws, requests, FEW)
    # They come beside the few, whose copies are there already.
    many = requests_of_a_split(aws, requests, MANY)

    assert many["put"] - few["put"] == 2 * (MANY - FEW)
    assert many["get"] == few["get"]


def test_one_image_more_costs_one_copy(aws: Stack, requests: Counter[str]):
    before = requests_of_a_split(aws, requests, FEW)
    nothing_new = requests_of_a_split(aws, requests, FEW)
    aws.put("raw/good/one more.png", png("one more".ljust(3000)))

    one_more = requests_of_a_split(aws, requests, FEW)

    # Besides the copies: the list of sides, and the status and its page while it copies.
    assert before["put"] - nothing_new["put"] == 2 * FEW + 3
    assert one_more["put"] - nothing_new["put"] == 1 + 3
