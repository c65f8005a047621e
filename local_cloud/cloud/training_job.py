"""One training job from its first state to its last, step by step as in SageMaker."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog, JobLine
from local_cloud.cloud.job_data import CheckpointSync, JobData, pack, parse_uri
from local_cloud.cloud.job_folder import JobFolder
from local_cloud.cloud.processes import Processes, kill, kill_session
from local_cloud.terminal_text import describe_error

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import ChannelOutputTypeDef

Cause = Literal["stop", "maximum runtime"]
# The status, the secondary status and the message of a job that didn't fail, by what stopped it.
TOO_LONG = "Training job runtime exceeded MaxRuntimeInSeconds provided"
ENDS: Mapping[Cause | None, tuple[str, str, str]] = {
    None: ("Completed", "Completed", "Training job completed"),
    "stop": ("Stopped", "Stopped", "Training job stopped"),
    "maximum runtime": ("Stopped", "MaxRuntimeExceeded", TOO_LONG),
}
# Takes the status, the secondary status, a message, and a FailureReason or None.
Report = Callable[[str, str, str, str | None], None]


@dataclass(eq=False)
class JobProcess:
    """The process of a job. It runs once; `stop` may come at any time, even before the start."""

    _name: str
    _processes: Processes
    _events: EventLog
    _log: Path
    grace_seconds: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _child: subprocess.Popen[bytes] | None = None
    _timers: list[threading.Timer] = field(default_factory=list)
    stopped_by: Cause | None = None

    def run(self, folder: JobFolder, maximum_seconds: float) -> int:
        """Run the job's command to its end and return its exit code; -15 if never started."""
        with self._lock:
            if self.stopped_by:
                return -signal.SIGTERM
            child = self._processes.start(
                folder.command(), folder.environment(), folder.root, subprocess.PIPE
            )
            self._child = child
            self._after(maximum_seconds, lambda: self.stop("maximum runtime"))
        follower = threading.Thread(
            target=self._follow, args=(child,), name=f"log-{self._name}", daemon=True
        )
        follower.start()
        code = child.wait()
        kill_session(child.pid)  # its descendants would end with its container
        follower.join()
        for timer in self._timers:
            timer.cancel()
        return code

    def stop(self, cause: Cause = "stop") -> None:
        """Send the job SIGTERM, and SIGKILL if it has not ended after the grace period."""
        with self._lock:
            if self.stopped_by:
                return
            self.stopped_by = cause
            child = self._child
            if child and child.poll() is None:
                child.send_signal(signal.SIGTERM)  # to process 1 alone, as in a container
                self._after(self.grace_seconds, lambda: kill(child))

    def abandon(self) -> None:
        """Kill the job at once."""
        with self._lock:
            self.stopped_by = self.stopped_by or "stop"
            for timer in self._timers:
                timer.cancel()
            if self._child:
                kill(self._child)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _follow(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        with self._log.open("ab", buffering=0) as log, child.stdout:
            for line in child.stdout:
                log.write(line)
                text = line.decode(errors="replace").rstrip("\r\n")
                self._events.add(JobLine(self._name, text))


class DataError(Exception):
    """The job's input can't be downloaded; SageMaker calls this a ClientError."""


@dataclass(eq=False)
class JobRun:
    """Runs one job; every failure becomes a state."""

    _name: str
    _clients: Clients
    _data: JobData
    _process: JobProcess
    _root: Path
    _report: Report

    def run(self) -> None:
        """Download, train, upload; end as Completed, Failed or Stopped.

        Raises:
            OSError: the machine refused something; the job has failed, and others will.
        """
        try:
            self._run()
        except DataError as error:
            self._fail(f"ClientError: {error}")
        except OSError as error:
            self._fail(f"InternalServerError: {describe_error(error)}")
            raise
        except Exception as error:
            self._fail(f"InternalServerError: {error!r}")

    def _run(self) -> None:
        self._progress("Starting", "Starting the training job")
        self._job = self._clients("sagemaker").describe_training_job(TrainingJobName=self._name)
        folder = JobFolder(self._root, self._job)
        folder.write_configuration()
        self._progress("Downloading", "Downloading input data")
        for channel in self._job.get("InputDataConfig", []):
            self._download(channel, folder)
        code = self._train(folder)
        if code != 0 and not self._process.stopped_by:
            self._upload(folder, model=False)
            self._fail(f"AlgorithmError: {folder.failure_text()}, exit code: {code}")
            return
        if not self._process.stopped_by:
            self._progress("Uploading", "Uploading generated training model")
        self._upload(folder, model=True)
        self._report(*ENDS[self._process.stopped_by], None)

    def _train(self, folder: JobFolder) -> int:
        sync = None
        if config := self._job.get("CheckpointConfig"):
            sync = CheckpointSync(self._data, parse_uri(config["S3Uri"]), folder.checkpoints)
        if not self._process.stopped_by:
            self._progress("Training", "Training in progress")
        try:
            limit = self._job["StoppingCondition"].get("MaxRuntimeInSeconds", 86_400)
            return self._process.run(folder, limit)
        finally:
            if sync:
                sync.close()

    def _download(self, channel: ChannelOutputTypeDef, folder: JobFolder) -> None:
        source = channel["DataSource"]["S3DataSource"]
        if source["S3DataType"] != "S3Prefix":
            raise DataError(f"the local cloud reads S3Prefix channels, not {source['S3DataType']}")
        target = folder.channel(channel["ChannelName"])
        if self._data.download(parse_uri(source["S3Uri"]), target) == 0:
            raise DataError(
                f"Data download failed:No S3 objects found under S3 URL {source['S3Uri']}"
            )

    def _upload(self, folder: JobFolder, *, model: bool) -> None:
        """Upload the archives that have content; of a failed job only its output."""
        target = parse_uri(self._job["OutputDataConfig"]["S3OutputPath"])
        prefix = f"{target.prefix.rstrip('/')}/{self._name}/output/".lstrip("/")
        contents = {"output": folder.output} | ({"model": folder.model} if model else {})
        files = {}
        for name, content in contents.items():
            archive = folder.root / f"{name}.tar.gz"
            if pack(content, archive):
                files[f"{prefix}{name}.tar.gz"] = archive
        self._data.upload(files, target.bucket)

    def _progress(self, secondary: str, message: str) -> None:
        self._report("InProgress", secondary, message, None)

    def _fail(self, reason: str) -> None:
        self._report("Failed", "Failed", "Training job failed", reason)
