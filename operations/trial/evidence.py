"""Reads what a trial left in the account, before it is deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.clients import AccountClients
from operations.jobs import jobs_since
from operations.logs import LOG_GROUP
from operations.stack import DeployedStack
from operations.status import stuck_messages
from operations.status_json import StatusJson, read_status_json
from operations.trial.function_logs import read_lines

FUNCTIONS = ("Intake", "Split", "Launch", "Plot")
PREFIX_OF_COPIES = "datasets/"
SMALL = (".png", ".json", ".csv", ".html")
METRICS_NAMESPACE = "/aws/sagemaker/TrainingJobs"


@dataclass(frozen=True)
class Evidence:
    """What a trial left; `objects` are the run's small files, by key below the run."""

    job: dict[str, Any]
    jobs: int
    status_json: StatusJson
    objects: dict[str, bytes]
    manifest: list[dict[str, Any]]
    copies: list[str]
    keys: list[str]
    stuck: dict[str, int]
    lines: dict[str, list[str]]
    metrics: list[str]
    raw_unchanged: bool
    model_encryption: str


def collect(
    clients: AccountClients, stack: DeployedStack, run: str, dropped: Mapping[str, str]
) -> Evidence:
    """Read the evidence; `dropped` are the ETags of the images under raw/, by key."""
    bucket = str(stack.bucket)
    status_json = read_status_json(clients.s3, bucket)
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    listed = {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}
    prefix = prefix_of_run(run)
    dataset = status_json["drop"]["dataset"]
    small = [key for key in listed if key.startswith(prefix) and key.endswith(SMALL)]
    manifest = _body(clients, bucket, key_of_manifest(dataset))
    lines = {
        name: read_lines(clients.logs, stack.resources[f"{name}LogGroup"]) for name in FUNCTIONS
    }
    lines["training job"] = read_lines(clients.logs, LOG_GROUP, f"{run}/")
    jobs = jobs_since(clients.sagemaker, stack.job_prefix, stack.created_at)
    return Evidence(
        job=dict(clients.sagemaker.describe_training_job(TrainingJobName=run)),
        jobs=len(list(jobs)),
        status_json=status_json,
        objects={key.removeprefix(prefix): _body(clients, bucket, key) for key in small},
        manifest=[json.loads(line) for line in manifest.splitlines()],
        copies=[key for key in listed if key.startswith(PREFIX_OF_COPIES)],
        keys=list(listed),
        stuck=stuck_messages(clients.sqs, stack.resources),
        lines=lines,
        metrics=_metrics(clients, run),
        raw_unchanged={key: listed.get(key) for key in dropped} == dict(dropped),
        model_encryption=_encryption(clients, bucket, f"{prefix}output/model.tar.gz"),
    )


def key_of_manifest(dataset: str) -> str:
    """Return the key of a dataset's manifest."""
    return f"splits/{dataset}/manifest.jsonl"


def prefix_of_run(run: str) -> str:
    """Return the prefix of a run's files."""
    return f"runs/{run}/"


def prefix_of_checkpoints(run: str) -> str:
    """Return the prefix of a run's checkpoints."""
    return f"checkpoints/{run}/"


def _body(clients: AccountClients, bucket: str, key: str) -> bytes:
    return clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def _encryption(clients: AccountClients, bucket: str, key: str) -> str:
    """Return an object's encryption, with the ARN of a KMS key."""
    head = clients.s3.head_object(Bucket=bucket, Key=key)
    return f"{head.get('ServerSideEncryption', '')} {head.get('SSEKMSKeyId', '')}".strip()


def _metrics(clients: AccountClients, run: str) -> list[str]:
    pages = clients.cloudwatch.get_paginator("list_metrics").paginate(Namespace=METRICS_NAMESPACE)
    metrics = [metric for page in pages for metric in page["Metrics"]]
    return sorted(
        {
            metric["MetricName"]
            for metric in metrics
            if any(item["Value"].startswith(run) for item in metric["Dimensions"])
        }
    )
