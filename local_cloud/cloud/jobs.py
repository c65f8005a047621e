"""Runs training jobs: a subprocess for the container, S3 around it, an event for every state."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path
from typing import NamedTuple

from local_cloud.cloud import job_events
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, JobChanged
from local_cloud.cloud.job_process import JobProcess
from local_cloud.cloud.log_delivery import LogDelivery
from local_cloud.cloud.moto_patches import training_jobs
from local_cloud.cloud.processes import Processes
from local_cloud.cloud.training_job import TrainingJob
from local_cloud.cloud.transfers import Transfers

# Where SageMaker puts what a job prints, and the name of its first and only instance.
LOG_GROUP, HOST = "/aws/sagemaker/TrainingJobs", "algo-1"


class _Running(NamedTuple):
    thread: threading.Thread
    process: JobProcess


class Jobs:
    """All training jobs of the cloud, each in a thread of its own."""

    def __init__(
        self,
        clients: Clients,
        processes: Processes,
        records: EventLog,
        workdir: Path,
        logs: LogDelivery,
        stop_grace_seconds: float = 120.0,
    ) -> None:
        self._clients = clients
        self._processes = processes
        self._records = records
        self._transfers = Transfers(clients)
        self._workdir = workdir
        self._logs = logs
        self._grace = stop_grace_seconds
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def start(self, name: str) -> None:
        """Run a job that SageMaker has accepted; returns at once."""
        log = self._workdir / "logs" / f"{name}.log"
        # A job of an earlier cloud in the same folder may have had the same name.
        shutil.rmtree(self._workdir / "jobs" / name, ignore_errors=True)
        log.unlink(missing_ok=True)
        moment = int(time.time() * 1000)
        self._logs.follow(log, LOG_GROUP, f"{name}/{HOST}-{moment}")
        process = JobProcess(name, self._processes, self._records, log, self._grace)
        job = TrainingJob(
            name, self._clients, self._transfers, process, self._workdir / "jobs" / name, self._say
        )
        thread = threading.Thread(target=job.run, name=f"job-{name}", daemon=True)
        with self._lock:
            if self._closing.is_set():
                return
            self._running[name] = _Running(thread, process)
            thread.start()

    def stop(self, name: str) -> None:
        """Send a job SIGTERM, and SIGKILL when it has not ended in the time it is given."""
        self._announce(name, "Stopping", "Stopping", "Stopping the training job")
        self._running[name].process.stop()

    def close(self) -> None:
        """Kill every job. Their states stay as they are: the cloud ends with them."""
        with self._lock:
            self._closing.set()
            running = list(self._running.values())
        for one in running:
            one.process.abandon()
        for one in running:
            one.thread.join()

    def _say(
        self, name: str, status: str, secondary: str, message: str, reason: str | None = None
    ) -> None:
        if self._closing.is_set():
            return
        if training_jobs.transition(name, status, secondary, message, reason):
            self._announce(name, status, secondary, reason or message)

    def _announce(self, name: str, status: str, secondary: str, message: str) -> None:
        self._records.add(JobChanged(name, status, secondary, message))
        sagemaker = self._clients("sagemaker")
        job = sagemaker.describe_training_job(TrainingJobName=name)
        tags = sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        self._clients("events").put_events(
            Entries=[
                {
                    "Source": job_events.SOURCE,
                    "DetailType": job_events.DETAIL_TYPE,
                    "Resources": [job["TrainingJobArn"]],
                    "Detail": json.dumps(job_events.detail(job, tags)),
                }
            ]
        )
