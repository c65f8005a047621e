"""The event that SageMaker sends when a job ends, made from the job's description. Pure.

The stack's rule lets it through as it does SageMaker's own, so the same functions get it.
https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common import keys

# Only AWS may send events whose source begins with "aws.".
SOURCE = "droptrain"
DETAIL_TYPE = "SageMaker Training Job State Change"

# The fields that DescribeTrainingJob and the event share, and that the rule or a function reads.
FIELDS = (
    *("TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus"),
    *("FailureReason", "HyperParameters", "InputDataConfig", "OutputDataConfig"),
    *("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime"),
)


def job_end(
    description: Mapping[str, Any], correlation_id: str = "", *, draw_again: bool = False
) -> dict[str, Any]:
    """Build the event's detail; `draw_again` makes plot replace what it drew before."""
    detail = {name: _plain(description[name]) for name in FIELDS if name in description}
    # A job that never got a machine has no end; its last change is the nearest to it.
    detail.setdefault("TrainingEndTime", detail["LastModifiedTime"])
    tags = {"droptrain:correlation-id": correlation_id or detail["TrainingJobName"]}
    if dataset := _dataset(description):
        tags["droptrain:dataset"] = dataset
    return detail | {"Tags": tags, "DrawAgain": draw_again}


def ended_at(description: Mapping[str, Any]) -> datetime:
    """Return when a job ended, or else when it last changed."""
    moment: datetime = description.get("TrainingEndTime") or description["LastModifiedTime"]
    return moment


def _dataset(description: Mapping[str, Any]) -> str | None:
    """Return the dataset's whole hash, from the channel with its records."""
    for channel in description.get("InputDataConfig", []):
        if channel["ChannelName"] == "manifest":
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            return str(uri.rpartition(keys.SPLITS)[2].strip("/"))
    return None


def _plain(value: Any) -> Any:
    """Write a time as the event does: in milliseconds since the epoch."""
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else value
