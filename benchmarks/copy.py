"""How fast the split copies inside S3, compared with boto3 in threads.

    python -m benchmarks.copy            prints what it measured
    python -m benchmarks.copy --write    and writes it into docs/benchmarks.md

The clients copy against a server that answers like S3 after 25 or 100 ms. Each runs in a process of
its own; they take turns, and the medians count. With two CPUs or more the server gets one and the
client another, as the split has about one in Lambda.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
from botocore.config import Config

from benchmarks import page
from split.s3 import copying
from split.s3.pace import AT_ONCE, REQUESTS_PER_SECOND, Pace

LATENCIES = (0.025, 0.1)  # seconds, drawn evenly from 20 % around
OBJECTS = 5000
ROUNDS = 3
BUCKET = "bucket"
SPLIT, UNBOUNDED, THREADS = "split", "split-unbounded", ("boto3-32", "boto3-64")
CLIENTS = {
    SPLIT: "this split",
    UNBOUNDED: f"this split without its bound of {REQUESTS_PER_SECOND:,}/s",
    **{name: f"boto3, {name[-2:]} threads" for name in THREADS},
}
XML = (
    b'<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>"0"</ETag>'
    b"<LastModified>2026-11-22T12:00:00.000Z</LastModified></CopyObjectResult>"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"


class Rates(NamedTuple):
    """What a client reached in each round: copies a second, and CPU seconds for 1,000 copies."""

    rates: list[float]
    cpu: list[float]

    @property
    def rate(self) -> float:
        """The median of the copies a second."""
        return statistics.median(self.rates)


def serve(latency: float, cpu: int, connection: Connection) -> None:
    """Answer every request as S3 answers a copy, on one CPU; send the port first."""
    os.sched_setaffinity(0, {cpu})
    asyncio.run(_serve(latency, connection))


async def _serve(latency: float, connection: Connection) -> None:

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(latency * random.uniform(0.8, 1.2))  # noqa: S311
                writer.write(ANSWER % (len(XML), XML))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    connection.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


@contextmanager
def running_server(latency: float, cpu: int) -> Iterator[str]:
    """Run the server in a process of its own; yield its URL."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(latency, cpu, theirs), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        server.kill()


def copy(client: str) -> dict[str, float]:
    """Copy as a client does; return the seconds and the CPU seconds of the copying alone."""
    pairs = [(f"raw/oil/{n:07}.jpg", f"copies/{n:07}.jpg") for n in range(OBJECTS)]
    if client in THREADS:
        threads = int(client[-2:])
        s3 = boto3.client("s3", config=Config(max_pool_connections=threads))

        def work() -> None:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda pair: _copy_with_boto3(s3, *pair), pairs))
    else:
        pace = Pace() if client == SPLIT else Pace(per_second=1_000_000)

        def work() -> None:
            if failures := copying.copy_all(BUCKET, pairs, pace=pace):
                raise RuntimeError(f"{len(failures)} copies failed: {min(failures)}")

    cpu, started = time.process_time(), time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}


def _copy_with_boto3(s3: Any, source: str, target: str) -> None:
    s3.copy_object(Bucket=BUCKET, Key=target, CopySource={"Bucket": BUCKET, "Key": source})


def measure(latency: float) -> dict[str, Rates]:
    """Let the clients take turns."""
    measured = {client: Rates([], []) for client in CLIENTS}
    cpus = sorted(os.sched_getaffinity(0))
    with running_server(latency, cpus[-1]) as url:
        environment = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1"),
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "benchmark"),
        }
        with patch.dict(os.environ, environment):
            for client in [*CLIENTS] * ROUNDS:
                took = page.in_a_process(cpus[:1], copy, client)
                measured[client].rates.append(OBJECTS / took["seconds"])
                measured[client].cpu.append(1000 * took["cpu"] / OBJECTS)
    return measured


def targets(latency: float, measured: dict[str, Rates]) -> list[list[str]]:
    """Compare the split with boto3's better number of threads, and with what S3 allows."""
    at = f"{latency * 1000:.0f} ms:"
    best = max(measured[name].rate for name in THREADS)
    possible = min(REQUESTS_PER_SECOND, AT_ONCE / latency)
    split, unbounded = measured[SPLIT], measured[UNBOUNDED]
    return [
        page.at_least(f"{at} copying, times boto3's best threads", split.rate / best, 5),
        # Shows what the client can do where S3's limit keeps the split below the target.
        page.at_least(f"{at} the same without the bound", unbounded.rate / best, 5),
        page.at_most(f"{at} CPU seconds for 1,000 copies", statistics.median(split.cpu), 0.3),
        page.at_least(f"{at} share of the {possible:,.0f}/s possible", split.rate / possible, 0.8),
    ]


def rows(measured: dict[str, Rates]) -> str:
    """Write what the clients reached."""
    headings = ["client", "copies a second (median)", "range", "CPU seconds for 1,000"]
    cells = [
        [
            CLIENTS[client],
            f"{rates.rate:,.0f}",
            f"{min(rates.rates):,.0f} to {max(rates.rates):,.0f}",
            f"{statistics.median(rates.cpu):.3f}",
        ]
        for client, rates in measured.items()
    ]
    return page.table(headings, cells)


def compare() -> list[str]:
    """Measure at each latency; return the parts of the section."""
    measured = {latency: measure(latency) for latency in LATENCIES}
    parts = [page.targets([row for pair in measured.items() for row in targets(*pair)])]
    for latency, rates in measured.items():
        parts.append(f"{OBJECTS:,} copies at {latency * 1000:.0f} ms, {ROUNDS} rounds:")
        parts.append(rows(rates))
    return parts


if __name__ == "__main__":
    page.run("copy", compare)
