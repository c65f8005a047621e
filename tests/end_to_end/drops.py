"""What lies under raw/, and the dataset that it should have become."""

from __future__ import annotations

import json
from typing import Any

from local_cloud.cloud.event_log import ScheduleFired
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
    runs = {}
    for key in chain.keys("splits/"):
        # Beside the datasets' folders lies a record of the newest run.
        if key.count("/") == 2 and key.endswith("/launched.json"):
            body = chain.s3.get_object(Bucket=chain.bucket, Key=key)["Body"].read()
            runs[key.split("/")[1]] = json.loads(body)["run"]
    return runs


def await_trained(chain: Chain) -> str:
    """Wait until a job for what lies under raw/ now has completed; return its dataset."""
    wanted = labelled(chain)

    def look() -> str:
        for dataset, run in launched(chain).items():
            images = {(row["class"], row["content"]) for row in manifest(chain, dataset)}
            if images == wanted and has_completed(chain, run):
                return dataset
        return ""

    return chain.wait_until(look)


def has_completed(chain: Chain, run: str) -> bool:
    """Whether SageMaker calls a job completed."""
    job = chain.sagemaker.describe_training_job(TrainingJobName=run)
    return bool(job["TrainingJobStatus"] == "Completed")


def await_settled(chain: Chain) -> None:
    """Wait until nothing is under way any more."""
    chain.wait_until(lambda: is_settled(chain))


def is_settled(chain: Chain) -> bool:
    """Whether each step has done all that the step before it asked for."""
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    queue = chain.cloud.client("sqs").get_queue_attributes(
        QueueUrl=chain.resources["DropQueue"], AttributeNames=counts
    )
    if any(queue["Attributes"][name] != "0" for name in counts) or chain.schedules():
        return False
    split = f":{chain.resources['SplitFunction']}"
    fired = [event for event in chain.cloud.events if isinstance(event, ScheduleFired)]
    jobs = chain.jobs()
    splits = sum(schedule.target.endswith(split) for schedule in fired) + len(jobs)
    return (
        all(has_completed(chain, job) for job in jobs)
        and len(chain.answers("Split")) >= splits
        and len(chain.answers("Launch")) >= splits
        and len(chain.answers("Plot")) >= len(jobs)
    )
