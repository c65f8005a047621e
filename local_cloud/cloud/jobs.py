"""Runs training jobs: a subprocess for the container, and an EventBridge event for every state."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, JobChanged
from local_cloud.cloud.job_data import JobData
from local_cloud.cloud.job_folder import HOST
from local_cloud.cloud.log_delivery import LogDelivery
from local_cloud.cloud.moto_patches import sagemaker
from local_cloud.cloud.processes import Processes
from local_cloud.cloud.training_job import JobProcess, JobRun

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import TagTypeDef

# SageMaker's log group for the output of jobs.
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
SOURCE, DETAIL_TYPE = "aws.sagemaker", "SageMaker Training Job State Change"
EVENT_FIELDS = (
    *("TrainingJobName", "TrainingJobArn", "TuningJobArn", "ModelArtifacts", "TrainingJobStatus"),
    *("SecondaryStatus", "FailureReason", "HyperParameters", "AlgorithmSpecification", "RoleArn"),
    *("InputDataConfig", "OutputDataConfig", "ResourceConfig", "VpcConfig", "StoppingCondition"),
    *("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime"),
    "SecondaryStatusTransitions",
)


@dataclass(eq=False)
class Jobs:
    """All training jobs of the cloud, each in a thread of its own."""

    _clients: Clients
    _processes: Processes
    _events: EventLog
    _workdir: Path
    _logs: LogDelivery
    _stop_grace_seconds: float
    _running: dict[str, tuple[threading.Thread, JobProcess]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def start(self, name: str) -> None:
        """Run a job that SageMaker has accepted; returns at once."""
        log, root = self._workdir / "logs" / f"{name}.log", self._workdir / "jobs" / name
        # A job of an earlier cloud in the same folder may have had the same name.
        shutil.rmtree(root, ignore_errors=True)
        log.unlink(missing_ok=True)
        self._logs.follow(log, LOG_GROUP, f"{name}/{HOST}-{int(time.time() * 1000)}")
        process = JobProcess(name, self._processes, self._events, log, self._stop_grace_seconds)

        def report(status: str, secondary: str, message: str, reason: str | None) -> None:
            if not self._closing.is_set() and sagemaker.transition(
                name, status, secondary, message, reason
            ):
                self._announce(name, status, secondary, reason or message)

        job = JobRun(name, self._clients, JobData(self._clients), process, root, report)

        def run() -> None:
            try:
                job.run()
            finally:
                # A copy of every image: as on AWS, the machine's disk goes with it.
                shutil.rmtree(root, ignore_errors=True)

        thread = threading.Thread(target=run, name=f"job-{name}", daemon=True)
        with self._lock:
            if self._closing.is_set():
                return
            self._running[name] = thread, process
            thread.start()

    def stop(self, name: str) -> None:
        """Ask a job to stop."""
        self._announce(name, "Stopping", "Stopping", "Stopping the training job")
        self._running[name][1].stop()

    def close(self) -> None:
        """Kill every job. Their states stay as they are: the cloud ends with them."""
        with self._lock:
            self._closing.set()
            running = list(self._running.values())
        for _, process in running:
            process.abandon()
        for thread, _ in running:
            thread.join()

    def _announce(self, name: str, status: str, secondary: str, message: str) -> None:
        self._events.add(JobChanged(name, status, secondary, message))
        client = self._clients("sagemaker")
        job = client.describe_training_job(TrainingJobName=name)
        tags = client.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Resources": [job["TrainingJobArn"]],
            "Detail": json.dumps(event_detail(job, tags)),
        }
        self._clients("events").put_events(Entries=[entry])


def event_detail(job: Mapping[str, Any], tags: Sequence[TagTypeDef]) -> dict[str, Any]:
    """Return the detail of a state change event; times are milliseconds since 1970.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    fields = {name: _plain(job[name]) for name in EVENT_FIELDS if job.get(name) is not None}
    return fields | {"Tags": {tag["Key"]: tag["Value"] for tag in tags}}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
