"""Gives training jobs their real states: moto completes every job at once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ResourceInUseException, ValidationError
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.cloud.arns import ACCOUNT, REGION
from local_cloud.cloud.moto_patches.hooks import Json, is_connected, runtime
from local_cloud.cloud.moto_patches.quotas import choose_machine

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
ENDED = {"Completed", "Failed", "Stopped"}
NOT_FOUND = "Requested resource not found."


def install() -> None:
    """Replace create, list and stop, and let describe show recorded states."""
    create = SageMakerResponse.create_training_job

    def create_training_job(self: Any) -> Any:
        if not is_connected():
            return create(self)
        name = self._get_param("TrainingJobName")
        require_free_name(name, self.sagemaker_backend.training_jobs)
        resources = choose_machine(
            self._get_param("ResourceConfig"),
            is_spot=bool(self._get_param("EnableManagedSpotTraining")),
        )
        metrics = self._get_param("AlgorithmSpecification").get("MetricDefinitions")
        answer = create(self)
        job = self.sagemaker_backend.training_jobs[name]
        _start_over(job, metrics)
        job.resource_config = resources
        job.environment = self._get_param("Environment")
        job.retry_strategy = self._get_param("RetryStrategy")
        runtime().start_job(name)
        return answer

    SageMakerResponse.create_training_job = create_training_job
    SageMakerResponse.describe_training_job = _describe_training_job(
        SageMakerResponse.describe_training_job
    )
    SageMakerResponse.list_training_jobs = list_training_jobs
    SageMakerResponse.stop_training_job = _stop_training_job


def transition(
    name: str, status: str, secondary: str, message: str, failure_reason: str | None = None
) -> bool:
    """Record a job's new state, and the times that follow from it.

    It returns False and records nothing if the job would continue although it is stopping.
    """
    job = sagemaker_backends[ACCOUNT][REGION].training_jobs[name]
    if job.training_job_status == "Stopping" and status == "InProgress":
        return False
    now = _now()
    if job.secondary_status_transitions:
        job.secondary_status_transitions[-1]["EndTime"] = now
    entry = {"Status": secondary, "StartTime": now, "StatusMessage": message}
    job.training_job_status, job.secondary_status, job.last_modified_time = status, secondary, now
    if secondary == "Downloading":
        job.training_start_time = now
    if failure_reason is not None:
        job.failure_reason = failure_reason
    if status in ENDED:
        entry["EndTime"] = now
        job.training_end_time = now
        job.training_time_in_seconds = _seconds_between(job.training_start_time, now)
        job.billable_time_in_seconds = job.training_time_in_seconds
    job.secondary_status_transitions.append(entry)
    return True


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)  # as moto keeps its times


def _seconds_between(start: dt.datetime | None, end: dt.datetime) -> int:
    return round((end - start).total_seconds()) if start else 0


def require_free_name(name: str, jobs: Json) -> None:
    """Refuse a job's name that is not valid, or taken, with AWS's errors."""
    if not NAME.fullmatch(name) or len(name) > 63:
        raise ValidationError(
            message=f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: "
            "^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
        )
    if name in jobs:
        raise ResourceInUseException(
            message="Training job names must be unique within an AWS account and region, "
            f"and a training job with this name already exists ({jobs[name].arn})"
        )


def _start_over(job: Any, metric_definitions: Any) -> None:
    """Undo moto's inventions: the end, the metrics and the final metric values."""
    job.training_job_status, job.secondary_status = "InProgress", "Starting"
    job.training_start_time = job.training_end_time = None
    job.algorithm_specification.pop("MetricDefinitions", None)
    if metric_definitions is not None:
        job.algorithm_specification["MetricDefinitions"] = metric_definitions
    job.final_metric_data_list = None
    job.secondary_status_transitions = []


def _stop_training_job(self: Any) -> Any:
    name = self._get_param("TrainingJobName")
    jobs = self.sagemaker_backend.training_jobs
    if name not in jobs:
        raise ValidationError(message=NOT_FOUND)
    if jobs[name].training_job_status == "InProgress":
        transition(name, "Stopping", "Stopping", "Stopping the training job")
        if is_connected():
            runtime().stop_job(name)
    elif jobs[name].training_job_status != "Stopping":
        raise ValidationError(
            message="The request was rejected because the training job is in status "
            f"{jobs[name].training_job_status}."
        )
    return EmptyResult()


def list_training_jobs(self: Any) -> Any:
    """Sort, take a page, then filter it, as AWS does; moto does not sort.

    So a page may be short, or empty, although more follow.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
    """
    by = {"Name": "training_job_name", "Status": "training_job_status"}
    attribute = by.get(self._get_param("SortBy"), "creation_time")
    jobs = sorted(
        self.sagemaker_backend.training_jobs.values(),
        key=lambda job: getattr(job, attribute),
        reverse=self._get_param("SortOrder") == "Descending",
    )
    start = int(self._get_param("NextToken") or 0)
    end = start + int(self._get_param("MaxResults") or 10)
    summaries = [_summary(job) for job in jobs[start:end] if _matches(self, job)]
    answer: Json = {"TrainingJobSummaries": summaries}
    if end < len(jobs):
        answer["NextToken"] = str(end)
    return ActionResult(answer)


def _describe_training_job(describe: Any) -> Any:
    def describe_training_job(self: Any) -> Any:
        if self._get_param("TrainingJobName") not in self.sagemaker_backend.training_jobs:
            raise ValidationError(message=NOT_FOUND)
        return describe(self)

    return describe_training_job


def _matches(request: Any, job: Any) -> bool:
    text = request._get_param("NameContains")
    status = request._get_param("StatusEquals")
    return (
        (text is None or text.lower() in job.training_job_name.lower())
        and (status is None or status == job.training_job_status)
        and _is_between(job.creation_time, request, "CreationTime")
        and _is_between(job.last_modified_time, request, "LastModifiedTime")
    )


def _is_between(moment: dt.datetime, request: Any, name: str) -> bool:
    after, before = (request._get_param(name + limit) for limit in ("After", "Before"))
    return (after is None or moment > _naive(after)) and (before is None or moment < _naive(before))


def _naive(timestamp: Any) -> dt.datetime:
    """Convert a timestamp: seconds since 1970 or, parsed by moto, a datetime."""
    if isinstance(timestamp, dt.datetime):
        return timestamp.astimezone(dt.UTC).replace(tzinfo=None) if timestamp.tzinfo else timestamp
    return dt.datetime.fromtimestamp(float(timestamp), dt.UTC).replace(tzinfo=None)


def _summary(job: Any) -> Json:
    summary = {
        "TrainingJobName": job.training_job_name,
        "TrainingJobArn": job.arn,
        "CreationTime": job.creation_time,
        "LastModifiedTime": job.last_modified_time,
        "TrainingJobStatus": job.training_job_status,
        "SecondaryStatus": job.secondary_status,
    }
    if job.training_end_time:
        summary["TrainingEndTime"] = job.training_end_time
    return summary
