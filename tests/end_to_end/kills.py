"""Kills a function's process from outside, at one of its writes to S3, and lets time pass.

A function cannot tell such a kill from running out of memory or a machine that is gone: it gets no
signal, and the write either reached S3 or it did not.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.cloud.event_log import CloudEvent, FunctionEnded
from tests.end_to_end.conftest import Chain
from tests.support.permissions import Request
from tests.support.requests import roles_by_key

FUNCTIONS = ("Split", "Launch", "Plot")
# What AWS waits before the first and the second retry; the chain here waits far less.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RETRY_SECONDS = (60, 120)


@dataclass(frozen=True)
class KillPoint:
    """A function's n-th write to S3, counted from 1, and whether S3 still did it."""

    function: str
    write: int
    done: bool


class Killer:
    """Counts the writes of each function, and kills at the armed ones. Reads /proc: Linux only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chain: Chain | None = None
        self.arm(())

    def watch(self, chain: Chain) -> None:
        """Begin with a deployed chain; its claims age as in AWS while a retry waits."""
        self._chain = chain
        chain.cloud.subscribe(self._age_claims)

    def arm(self, points: Iterable[KillPoint]) -> None:
        """Count anew, and kill once at each of these points."""
        with self._lock:
            self.armed = set(points)
            self.killed: dict[KillPoint, str] = {}
            self.writes: defaultdict[str, list[str]] = defaultdict(list)
            self._failures: defaultdict[str, int] = defaultdict(int)

    def __call__(
        self, key: str, request: Request, answer: Callable[[], Iterable[bytes]]
    ) -> Iterable[bytes] | None:
        if self._chain is None or request.service != "s3" or request.method != "PUT":
            return answer()
        role = roles_by_key().get(key)
        function = next(
            (function for function in FUNCTIONS if self._chain.roles[function] == role), None
        )
        if function is None:
            return answer()
        object_key = request.path.split("/", 2)[2]
        with self._lock:
            self.writes[function].append(object_key)
            count = len(self.writes[function])
            point = next(
                (kill for kill in self.armed if (kill.function, kill.write) == (function, count)),
                None,
            )
            if point is None:
                doomed: list[int] = []
            else:
                self.armed.discard(point)
                self.killed[point] = object_key
                doomed = processes_with(key)
        if point is None:
            return answer()
        answered = list(answer()) if point.done else None
        for process in doomed:
            kill(process)
        return answered

    def _age_claims(self, record: CloudEvent) -> None:
        """Make every claim as much older as AWS would have waited before it tries again."""
        if not isinstance(record, FunctionEnded) or record.status == "ok" or self._chain is None:
            return
        event = record.function + json.dumps(record.event, sort_keys=True)
        failures = self._failures[event]
        self._failures[event] += 1
        if failures < len(RETRY_SECONDS):
            age_claims(self._chain, RETRY_SECONDS[failures])


def age_claims(chain: Chain, seconds: float) -> None:
    """Let claims that are held end so much earlier."""
    for key in chain.keys("locks/"):
        stored: Any = json.loads(
            chain.s3.get_object(Bucket=chain.bucket, Key=key)["Body"].read().decode()
        )
        if stored["state"] == "held":
            stored["expires_at"] -= seconds
            chain.s3.put_object(Bucket=chain.bucket, Key=key, Body=json.dumps(stored).encode())


def processes_with(access_key: str) -> list[int]:
    """List the processes that were started with an access key."""
    entry = f"AWS_ACCESS_KEY_ID={access_key}".encode()
    faults = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if entry in (process / "environ").read_bytes().split(b"\0"):
                faults.append(int(process.name))
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's
    return faults


def kill(process: int) -> None:
    """Kill a process and wait until it runs no more."""
    os.kill(process, signal.SIGKILL)
    while True:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.005)
