"""What lies under raw/, and the dataset that it should have become."""

from __future__ import annotations

import json
import time
from typing import Any

from local_cloud.records import FunctionEnded
from tests.end_to_end.conftest import Chain

Labelled = set[tuple[str, str]]


def labelled(chain: Chain) -> Labelled:
    """Return class and content (size and ETag) of each image under raw/."""
    return {
        (key.split("/")[1], content)
        for key, content in contents(chain, "raw/").items()
        if key.count("/") > 1
    }


def contents(chain: Chain, prefix: str) -> dict[str, str]:
    """Return size and ETag of each object under a prefix, as a manifest writes them."""
    pages = chain.s3.get_paginator("list_objects_v2").paginate(Bucket=chain.bucket, Prefix=prefix)
    return {
        item["Key"]: f"{item['Size']}-{item['ETag'].strip(chr(34))}"
        for page in pages
        for item in page.get("Contents", [])
    }


def manifest(chain: Chain, dataset: str) -> list[dict[str, Any]]:
    """Return the lines of a dataset's manifest that were taken in."""
    body = chain.s3.get_object(Bucket=chain.bucket, Key=f"splits/{dataset}/manifest.jsonl")
    rows = [json.loads(line) for line in body["Body"].read().splitlines()]
    return [row for row in rows if "side" in row]


def launched(chain: Chain) -> dict[str, str]:
    """Return the run of each dataset for which one was started."""
    found = {}
    for key in chain.keys("splits/"):
        # Beside the datasets' folders lies a record of the newest run.
        if key.count("/") == 2 and key.endswith("/launched.json"):
            body = chain.s3.get_object(Bucket=chain.bucket, Key=key)["Body"].read()
            found[key.split("/")[1]] = json.loads(body)["run"]
    return found


def await_trained(chain: Chain) -> str:
    """Wait until a job for what lies under raw/ now has completed; return its dataset."""
    wanted = labelled(chain)
    deadline = time.monotonic() + chain.patience
    while time.monotonic() < deadline:
        for dataset, run in launched(chain).items():
            images = {(row["class"], row["content"]) for row in manifest(chain, dataset)}
            if images == wanted and has_completed(chain, run):
                return dataset
        time.sleep(0.2)
    raise TimeoutError(
        f"{len(wanted)} images were not trained: {chain.status()} {chain.problems()}"
    )


def has_completed(chain: Chain, run: str) -> bool:
    """Whether SageMaker calls a job completed."""
    job = chain.sagemaker.describe_training_job(TrainingJobName=run)
    return bool(job["TrainingJobStatus"] == "Completed")


def await_settled(chain: Chain, seconds: float = 2.0) -> None:
    """Wait until no schedule and no job is under way and no function has ended for so long."""
    deadline = time.monotonic() + chain.patience
    while time.monotonic() < deadline:
        before = count_ended(chain)
        time.sleep(seconds)
        busy = [run for run in chain.jobs() if not has_completed(chain, run)]
        if before == count_ended(chain) and not busy and not chain.schedules():
            return
    raise TimeoutError(f"never settled: {chain.schedules()} {chain.status()} {chain.problems()}")


def count_ended(chain: Chain) -> int:
    """Count the invocations that have ended."""
    return sum(isinstance(one, FunctionEnded) for one in chain.cloud.events)
