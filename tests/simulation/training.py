"""SageMaker: jobs that take their time and end one way or another, and a listing that lags."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from common import keys
from common.s3 import s3_client
from tests.simulation.timeline import Timeline
from tests.support.archives import output_archive
from tests.support.aws import ACCOUNT, BUCKET, REGION
from tests.support.events import load_event

End = Literal["done", "unusable", "failed", "stopped"]
STATUS: dict[End, str] = {
    "done": "Completed",
    "unusable": "Completed",
    "failed": "Failed",
    "stopped": "Stopped",
}
ENDS: tuple[End, ...] = ("done",) * 14 + ("failed",) * 3 + ("stopped", "unusable", "unusable")
START = timedelta(minutes=2)


@dataclass(frozen=True)
class Job:
    """A training job, and how it will end."""

    request: dict[str, Any]
    created_at: datetime
    ends_at: datetime
    end: End

    @property
    def name(self) -> str:
        """Its name, which is the run's."""
        return str(self.request["TrainingJobName"])

    @property
    def dataset(self) -> str:
        """The hash of its dataset."""
        return str(self.tags["droptrain:dataset"])

    @property
    def tags(self) -> dict[str, str]:
        """Its tags."""
        return {tag["Key"]: tag["Value"] for tag in self.request["Tags"]}

    def is_running(self, moment: datetime) -> bool:
        """Whether it was at work then."""
        return self.created_at <= moment < self.ends_at

    def described(self, moment: datetime) -> dict[str, Any]:
        """Describe it as of a moment; times are datetimes."""
        status = "InProgress" if moment < self.ends_at else STATUS[self.end]
        started_at = min(self.created_at + START, self.ends_at)
        answer = {name: value for name, value in self.request.items() if name != "Tags"}
        answer |= {
            "TrainingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{self.name}",
            "TrainingJobStatus": status,
            "SecondaryStatus": "Training" if status == "InProgress" else status,
            "CreationTime": self.created_at,
            "TrainingStartTime": started_at,
            "LastModifiedTime": min(moment, self.ends_at),
        }
        if status != "InProgress":
            seconds = int((self.ends_at - started_at).total_seconds())
            answer |= {
                "TrainingEndTime": self.ends_at,
                "TrainingTimeInSeconds": seconds,
                "BillableTimeInSeconds": seconds,
            }
        if status == "Failed":
            answer["FailureReason"] = "AlgorithmError: ExecuteUserScriptError"
        return answer

    def ended_event(self) -> dict[str, Any]:
        """Return SageMaker's event of its end."""
        event = load_event("sagemaker/job_completed")
        described = self.described(self.ends_at)
        detail = event["detail"] | {"FailureReason": None}
        detail |= {name: described[name] for name in detail if name in described}
        detail |= {"Tags": self.tags}
        return event | {"time": f"{self.ends_at:%Y-%m-%dT%H:%M:%SZ}", "detail": _in_ms(detail)}


@dataclass
class SageMaker:
    """Starts and lists jobs; `started` and `ended` are told of each."""

    timeline: Timeline
    random: Random
    started: Callable[[Job], None]
    ended: Callable[[Job], None]
    ends: tuple[End, ...] = ENDS
    minutes: tuple[float, float] = (3, 90)
    lag: timedelta = timedelta()
    jobs: list[Job] = field(default_factory=list)

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer a request, given and returned as JSON."""
        name = body.get("TrainingJobName")
        job = next((job for job in self.jobs if job.name == name), None)
        match operation:
            case "CreateTrainingJob":
                if job:
                    return 400, {"__type": "ResourceInUse", "message": "Training job names ..."}
                return 200, {"TrainingJobArn": self._create(body)}
            case "DescribeTrainingJob":
                if job is None:
                    missing = "Requested resource not found."
                    return 400, {"__type": "ValidationException", "message": missing}
                return 200, _in_seconds(job.described(self.timeline.now))
            case "ListTrainingJobs":
                return 200, {"TrainingJobSummaries": self._listed(body["CreationTimeAfter"])}
        raise NotImplementedError(operation)

    def _create(self, request: dict[str, Any]) -> str:
        now = self.timeline.now
        # The end of a job is a whole second in SageMaker's event, which has no fractions.
        ends_at = (now + timedelta(minutes=self.random.uniform(*self.minutes))).replace(
            microsecond=0
        )
        job = Job(request, now, ends_at, self.random.choice(self.ends))
        self.started(job)
        self.jobs.append(job)
        self.timeline.at(ends_at, lambda: self._end(job))
        return job.name

    def _end(self, job: Job) -> None:
        if job.end in ("done", "unusable"):
            body = output_archive() if job.end == "done" else b"not an archive"
            key = keys.run_output_archive(job.name)
            s3_client().put_object(Bucket=BUCKET, Key=key, Body=body)
        self.ended(job)

    def _listed(self, created_after: float) -> list[dict[str, Any]]:
        """List the jobs as they were a while ago, newest first."""
        seen_at = self.timeline.now - self.lag
        return [
            _in_seconds(
                {
                    name: value
                    for name, value in job.described(seen_at).items()
                    if name.startswith("TrainingJob") or name.endswith("Time")
                }
            )
            for job in reversed(self.jobs)
            if job.created_at <= seen_at and job.created_at.timestamp() > created_after
        ]


def _in_seconds(description: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(description, default=lambda moment: moment.timestamp()))  # type: ignore[no-any-return]


def _in_ms(detail: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(detail, default=lambda moment: int(moment.timestamp() * 1000)))  # type: ignore[no-any-return]
