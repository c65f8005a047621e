"""Copies or lists in one way, in a process of its own, and prints what it took as JSON.

    python -m benchmarks.contestants copy-split 5000

The server's address comes from the environment. CPU is this process's, user and system; time and
CPU are those of the copying or listing alone, after the imports and after the client is made.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.s3_server import SOURCE, source_key
from split import bulk
from split.pace import REQUESTS_PER_SECOND, Pace

BUCKET = "bucket"
TARGET = "copies/"


def pairs(count: int) -> list[tuple[str, str]]:
    """Return what is to be copied where."""
    return [(source_key(n), f"{TARGET}{n:07}.jpg") for n in range(count)]


def copy_split(per_second: float, count: int) -> Callable[[], int]:
    """Copy as the split does, so many a second at most."""
    wanted = pairs(count)

    def work() -> int:
        failures = bulk.copy_all(BUCKET, wanted, pace=Pace(per_second=per_second))
        return count - len(failures)

    return work


def copy_boto3(threads: int, count: int) -> Callable[[], int]:
    """Copy with boto3, in a loop or in threads."""
    client = _client(threads)
    wanted = pairs(count)

    def copy(pair: tuple[str, str]) -> None:
        client.copy_object(
            Bucket=BUCKET, Key=pair[1], CopySource={"Bucket": BUCKET, "Key": pair[0]}
        )

    def work() -> int:
        if threads == 1:
            for pair in wanted:
                copy(pair)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(copy, wanted))
        return count

    return work


def list_split(_count: int) -> Callable[[], int]:
    """List as the split does."""
    return lambda: len(bulk.list_objects(BUCKET, SOURCE))


def list_boto3(_count: int) -> Callable[[], int]:
    """List with boto3's paginator."""
    pages = _client(1).get_paginator("list_objects_v2")

    def work() -> int:
        found = [
            (item["Key"], item["Size"], item["ETag"])
            for page in pages.paginate(Bucket=BUCKET, Prefix=SOURCE)
            for item in page["Contents"]
        ]
        return len(found)

    return work


CONTESTANTS: dict[str, Callable[[int], Callable[[], int]]] = {
    "copy-split": partial(copy_split, REQUESTS_PER_SECOND),
    "copy-split-unbounded": partial(copy_split, 1_000_000),
    "copy-boto3-1": partial(copy_boto3, 1),
    "copy-boto3-32": partial(copy_boto3, 32),
    "copy-boto3-64": partial(copy_boto3, 64),
    "list-split": list_split,
    "list-boto3": list_boto3,
}


def main() -> None:
    """Run the contestant named on the command line."""
    name, count = sys.argv[1], int(sys.argv[2])
    work = CONTESTANTS[name](count)
    cpu, started = time.process_time(), time.perf_counter()
    done = work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"done": done, "seconds": seconds, "cpu": cpu, "mebibytes": memory}))


def _client(threads: int) -> Any:
    return boto3.client("s3", config=Config(max_pool_connections=max(threads, 10)))


if __name__ == "__main__":
    main()
