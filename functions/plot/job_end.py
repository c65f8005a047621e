"""The end of a training job: SageMaker's EventBridge event, and the costs of the job. Pure.

The event: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
AWS's sample, its schema and events seen in the wild differ: times are milliseconds since the epoch
as a number or as a string, tags are a map or a list of Key and Value, and a field without a value
is null or missing. Each shape is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from common.printable import change_texts
from plot.inputs.lenient_json import writable

CORRELATION_TAG = "droptrain:correlation-id"
DATASET_TAG = "droptrain:dataset"

# A name becomes part of a key; this is SageMaker's own pattern for it:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
JOB_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"

JobStatus = Literal["Completed", "Failed", "Stopped"]


def _moment(value: object) -> object:
    """Convert milliseconds since the epoch, a number or digits; pydantic checks anything else."""
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    return value


def _mapping(value: object) -> object:
    """Convert a list of Key and Value, or null, to a mapping."""
    if isinstance(value, list):
        return {item["Key"]: item["Value"] for item in value}
    return value or {}


def _channels(value: object) -> object:
    """Return the prefix of each channel, skipping channels of another shape."""
    prefixes = {}
    for channel in value if isinstance(value, list) else []:
        try:
            prefixes[channel["ChannelName"]] = channel["DataSource"]["S3DataSource"]["S3Uri"]
        except (KeyError, TypeError):
            continue
    return prefixes


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Text = Annotated[str, BeforeValidator(lambda value: value or "")]


@dataclass(frozen=True)
class Costs:
    """What SageMaker bills for a job, in seconds of one machine; None where it is unknown.

    `machines_refused` are sentences about machines that it refused before.
    """

    training_seconds: int | None = None
    billable_seconds: int | None = None
    is_spot: bool | None = None
    instance_type: str | None = None
    machines_refused: tuple[str, ...] = ()
    image: str | None = None

    @property
    def spot_saving(self) -> float | None:
        """The share of the training time that isn't billed, as SageMaker's console shows it."""
        if not self.is_spot or not self.training_seconds or self.billable_seconds is None:
            return None
        return 1 - self.billable_seconds / self.training_seconds


class JobEnd(BaseModel):
    """A training job that has ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str = Field(alias="TrainingJobName", pattern=JOB_NAME)
    status: JobStatus = Field(alias="TrainingJobStatus")
    secondary_status: Text = Field(alias="SecondaryStatus", default="")
    failure_reason: Text = Field(alias="FailureReason", default="")
    started_at: Moment = Field(alias="TrainingStartTime", default=None)
    stopped_at: Moment = Field(alias="TrainingEndTime", default=None)
    tags: Annotated[dict[str, str], BeforeValidator(_mapping)] = Field(alias="Tags", default={})
    channels: Annotated[dict[str, str], BeforeValidator(_channels)] = Field(
        alias="InputDataConfig", default={}
    )
    hyperparameters: Annotated[dict[str, str], BeforeValidator(_mapping)] = Field(
        alias="HyperParameters", default={}
    )
    # Set by a person who wants everything drawn anew, for example after an update.
    draw_again: bool = Field(alias="DrawAgain", default=False)
    reported_at: datetime

    @property
    def ended_at(self) -> datetime:
        """The time training ended, or else the time of the event."""
        return self.stopped_at or self.reported_at

    @property
    def seconds(self) -> float | None:
        """The duration of the training, or None when it never started."""
        if self.started_at is None or self.stopped_at is None:
            return None
        return (self.stopped_at - self.started_at).total_seconds()

    @property
    def dataset(self) -> str:
        """The dataset's hash, 64 hex digits; only its first 8 if the event has no tags."""
        return self.tags.get(DATASET_TAG) or [*self.run.split("-"), self.run][1]

    @property
    def code(self) -> str:
        """The hash of the training code, or nothing if the event lacks its channel."""
        return self.channels.get("code", "").rstrip("/").rpartition("/")[2]

    @property
    def correlation_id(self) -> str:
        """The id that all log lines of a drop share; the run's name if the event has no tags."""
        return self.tags.get(CORRELATION_TAG) or self.run


def read_job_end(event: dict[str, Any]) -> JobEnd:
    """Read the event of a job that ended.

    Raises:
        pydantic.ValidationError: it isn't the end of a job, which the rule doesn't let through.
    """
    end = {**event["detail"], "reported_at": event["time"]}
    return JobEnd.model_validate(change_texts(end, writable))
