"""Runs the split in processes that die, against an S3 that often refuses.

moto answers; before or after it did what was asked, a share of the answers is 503 or a connection
that is reset, and at a chosen request the asking process is killed. All of it is drawn from a seed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterable
from multiprocessing.context import ForkServerProcess
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from common import keys
from tests.support.aws import BUCKET, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.requests import CREDENTIAL, read_request
from tests.support.waiting import wait_until

SLOW_DOWN_SHARE = 0.1
RESET_SHARE = 0.02
TRIES = 8
SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
# Closes with a reset, not with a goodbye: https://man7.org/linux/man-pages/man7/socket.7.html
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["split.handler", "sklearn.model_selection", __name__])


class FaultyS3:
    """A proxy in front of moto; without faults until `trouble` is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lock = threading.Lock()
        self._split: ForkServerProcess | None = None
        self._answer = DomainDispatcherApplication.__call__
        self.calm()
        faulty = self

        def call(app: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            return faulty.answer(app, environ, start_response)

        monkeypatch.setattr(DomainDispatcherApplication, "__call__", call)

    def calm(self) -> None:
        """Count anew; no faults."""
        self._chance: Random | None = None
        self._kill_at = 0
        self._under_way = 0
        self.requests = 0
        self.copies: Counter[str] = Counter()
        self.unheard: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.kills = 0

    def trouble(self, seed: int, kill_at: int) -> None:
        """Count anew; draw faults, and kill the split's process at its `kill_at`-th request."""
        self.calm()
        self._chance, self._kill_at = Random(seed), kill_at

    def answer(self, app: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None or signed["key"] != "split" or signed["service"] != "s3":
            return self._answer(app, environ, start_response)
        request = read_request("s3", environ)
        copy = request.path if "x-amz-copy-source" in request.headers else ""
        fate, before = self._draw()
        done: list[bytes] = []
        if fate is None or not before:
            done = list(self._answer(app, environ, start_response if fate is None else _ignore))
            with self._lock:
                self.copies[copy] += bool(copy)
                self.unheard[copy] += bool(copy and fate)
        with self._lock:
            self._under_way -= 1
        if fate is None:
            return done
        if fate == "503":
            start_response("503 Slow Down", [("Content-Type", "application/xml")])
            return [SLOW_DOWN]
        if fate == "kill" and self._split is not None and self._split.pid:
            os.kill(self._split.pid, signal.SIGKILL)
        connection = environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        connection.shutdown(socket.SHUT_RDWR)
        start_response("503 Service Unavailable", [])
        return []

    def _draw(self) -> tuple[str | None, bool]:
        """Draw what happens to a request, and whether before it is done."""
        with self._lock:
            self.requests += 1
            self._under_way += 1
            if self._chance is None:
                return None, True
            number, before = self._chance.random(), self._chance.random() < 0.5
            fate = None
            if self.requests == self._kill_at:
                fate = "kill"
                self.kills += 1
            elif number < SLOW_DOWN_SHARE:
                fate, before = "503", True
            elif number < SLOW_DOWN_SHARE + RESET_SHARE:
                fate = "reset"
            if fate:
                self.faults[fate] += 1
            return fate, before

    def split(self) -> dict[str, Any] | None:
        """Run the split once in a process of its own; None when it raised or was killed."""
        receiver, sender = _PROCESSES.Pipe(duplex=False)
        names = (
            *("AWS_", "BUCKET", "SCHEDULE", "TOPIC", "MAXIMUM", "VALID", "MIN", "SPL"),
            *("FAILURE", "STACK", "DATASET"),
        )
        environment = {name: value for name, value in os.environ.items() if name.startswith(names)}
        environment["AWS_ACCESS_KEY_ID"] = "split"
        self._split = _PROCESSES.Process(target=_run, args=(environment, sender))
        self._split.start()
        sender.close()
        try:
            answer: dict[str, Any] | None = receiver.recv()
        except EOFError:  # it has raised or was killed
            answer = None
        self._split.join()
        # What the dead have asked for is still being done.
        wait_until(lambda: not self._under_way, lambda: self._under_way)
        return answer

    def split_until_it_ends(self) -> dict[str, Any]:
        """Run it again and again, as Lambda and the user would."""
        for _ in range(TRIES):
            if answer := self.split():
                return answer
        raise AssertionError(f"no split of {TRIES} came to its end")


def forget_splits(aws: Stack) -> None:
    """Delete everything but raw/."""
    for key in aws.keys(""):
        if not key.startswith("raw/"):
            aws.s3.delete_object(Bucket=BUCKET, Key=key)


def outcome(aws: Stack) -> dict[str, Any]:
    """Return the documents of a split byte for byte, and raw/ with its objects' versions."""
    listed = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix="datasets/").get("Contents", [])
    raw = aws.s3.list_object_versions(Bucket=BUCKET, Prefix="raw/")
    return {
        "splits": {key: aws.get(key) for key in aws.keys("splits/") if key != keys.NEWEST},
        "datasets": {item["Key"]: item["ETag"] for item in listed},
        "raw": [(item["Key"], item["VersionId"], item["ETag"]) for item in raw["Versions"]],
        "raw deleted": raw.get("DeleteMarkers", []),
        "state": aws.status()["drop"]["state"],
    }


def disturb(aws: Stack, server: FaultyS3, seed: int, requests: int) -> Counter[str]:
    """Split once more among faults, killed once within `requests`, and check what is left.

    Returns:
        The faults that were met.
    """
    expected = outcome(aws)
    forget_splits(aws)
    server.trouble(seed, kill_at=Random(seed).randint(1, requests))

    answer = server.split_until_it_ends()

    assert answer["status"] == "ready"
    assert outcome(aws) == expected
    assert server.kills == 1
    copies = {path: count for path, count in server.copies.items() if path}
    assert {path.split("/", 2)[2] for path in copies} == set(expected["datasets"])
    # Whoever does not hear that a copy was made has to make it again.
    twice = {path for path, count in copies.items() if count > 1 + server.unheard[path]}
    assert twice == set()
    return server.faults


def _ignore(*_: Any) -> Any:
    return lambda _: None


def _run(environment: dict[str, str], sender: Any) -> None:
    from botocore import endpoint

    from common.observability import metrics
    from split.handler import handle

    os.environ.update(environment)
    # boto3 pauses up to a second before its first retry.
    endpoint.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 50))
    metrics.provider.namespace = "droptrain"
    metrics.provider.service = "test"
    sender.send(handle(load_event("scheduler/ready"), LambdaContext()))
