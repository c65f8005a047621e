"""status.json in the bucket: the drop, its newest run and the current model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# As in functions/common/keys.py, which is deployed without this package.
STATUS_JSON = "status.json"
FINAL_RUN_STATES = frozenset({"done", "failed", "stopped"})
FINAL_DROP_STATES = frozenset({"refused", "unchanged", "capped", "not started"})


class StatusPart(TypedDict, total=False):
    """The drop, the run or the model, with the fields read here."""

    state: str
    sentence: str
    updated_at: str
    run: str
    plots: list[str]  # keys
    review: str  # key of the run's review.html, if labels may be wrong
    doubtful_labels: str
    dataset: str
    verdict: str  # key of the drop's verdict.json
    to_promote: str  # the command for a model that waits


class StatusJson(TypedDict, total=False):
    """status.json, with the fields read here; empty before it exists."""

    sentence: str
    drop: StatusPart
    run: StatusPart
    model: StatusPart


def read_status_json(s3: S3Client, bucket: str) -> StatusJson:
    """Read status.json; empty before it exists."""
    try:
        body = s3.get_object(Bucket=bucket, Key=STATUS_JSON)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return {}
    status: StatusJson = json.loads(body)
    return status


def is_final(status: StatusJson) -> bool:
    """Whether nothing more will happen to this drop."""
    return (
        status.get("run", {}).get("state") in FINAL_RUN_STATES
        or status.get("drop", {}).get("state") in FINAL_DROP_STATES
    )
