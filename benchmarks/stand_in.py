"""Starts the stand-in for S3 in a process of its own, and speaks to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class StandIn:
    """A running server."""

    url: str

    def set(self, **settings: float) -> None:
        """Change latency (seconds) and faults (shares of 1), and forget the counts."""
        self._post("/_settings", json.dumps(settings).encode())

    def clear(self, prefix: str) -> None:
        """Remove what begins with `prefix`."""
        self._post("/_clear", prefix.encode())

    def counts(self) -> dict[str, int]:
        """Return how many requests of each kind came, and how many at once."""
        found: dict[str, int] = json.loads(self._post("/_counts", b""))
        return found

    def environment(self) -> dict[str, str]:
        """Return what points AWS's clients to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "POWERTOOLS_LOG_LEVEL": "ERROR",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}",
        }

    def _post(self, path: str, body: bytes) -> bytes:
        request = urllib.request.Request(self.url + path, body, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # our own server
            read: bytes = answer.read()
        return read


@contextmanager
def running(objects: int, cpu: int | None = None) -> Iterator[StandIn]:
    """Run the server with so many objects, on one CPU alone if one is named."""
    command = [sys.executable, "-m", "benchmarks.s3_server", "--objects", str(objects)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        if cpu is not None:
            os.sched_setaffinity(process.pid, {cpu})
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        yield StandIn(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()
