"""One training job from its first state to its last, step by step as SageMaker takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from local_cloud.cloud.checkpoints import CheckpointSync
from local_cloud.cloud.clients import Clients
from local_cloud.cloud.job_folder import JobFolder
from local_cloud.cloud.job_process import JobProcess
from local_cloud.cloud.transfers import Transfers, pack, parse
from local_cloud.terminal_text import describe_error

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import ChannelOutputTypeDef


class Say(Protocol):
    """Records and announces a state of a job."""

    def __call__(
        self, name: str, status: str, secondary: str, message: str, reason: str | None = None
    ) -> None:
        """Say it; `reason` is the FailureReason."""


class DataError(Exception):
    """The job's input cannot be downloaded; SageMaker calls this a ClientError."""


class TrainingJob:
    """A job's whole life: every failure becomes a state."""

    def __init__(
        self,
        name: str,
        clients: Clients,
        transfers: Transfers,
        process: JobProcess,
        root: Path,
        say: Say,
    ) -> None:
        self._name = name
        self._clients = clients
        self._transfers = transfers
        self._process = process
        self._root = root
        self._say = say

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
        self._say(self._name, "InProgress", "Starting", "Starting the training job")
        self._job = self._clients("sagemaker").describe_training_job(TrainingJobName=self._name)
        folder = JobFolder(self._root, self._job)
        folder.write_configuration()
        self._say(self._name, "InProgress", "Downloading", "Downloading input data")
        for channel in self._job.get("InputDataConfig", []):
            self._download(channel, folder)
        code = self._train(folder)
        if code != 0 and not self._process.stopped_by:
            self._upload(folder, model=False)
            self._fail(f"AlgorithmError: {folder.failure_text()}, exit code: {code}")
            return
        if not self._process.stopped_by:
            self._say(self._name, "InProgress", "Uploading", "Uploading generated training model")
        self._upload(folder, model=True)
        self._end()

    def _train(self, folder: JobFolder) -> int:
        checkpoints = self._job.get("CheckpointConfig")
        place = parse(checkpoints["S3Uri"]) if checkpoints else None
        sync = CheckpointSync(self._transfers, place, folder.checkpoints) if place else None
        if not self._process.stopped_by:
            self._say(self._name, "InProgress", "Training", "Training in progress")
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
        place = parse(source["S3Uri"])
        if self._transfers.download(place, folder.channel(channel["ChannelName"])) == 0:
            raise DataError(
                f"Data download failed:No S3 objects found under S3 URL {source['S3Uri']}"
            )

    def _upload(self, folder: JobFolder, *, model: bool) -> None:
        """Upload the archives that have content: of a failed job only its output."""
        place = parse(self._job["OutputDataConfig"]["S3OutputPath"])
        prefix = f"{place.prefix.rstrip('/')}/{self._name}/output/".lstrip("/")
        wanted = {"output": folder.output} | ({"model": folder.model} if model else {})
        files = {}
        for name, content in wanted.items():
            archive = folder.root / f"{name}.tar.gz"
            if pack(content, archive):
                files[f"{prefix}{name}.tar.gz"] = archive
        self._transfers.upload(files, place.bucket)

    def _fail(self, reason: str) -> None:
        self._say(self._name, "Failed", "Failed", "Training job failed", reason)

    def _end(self) -> None:
        if self._process.stopped_by == "maximum runtime":
            message = "Training job runtime exceeded MaxRuntimeInSeconds provided"
            self._say(self._name, "Stopped", "MaxRuntimeExceeded", message)
        elif self._process.stopped_by:
            self._say(self._name, "Stopped", "Stopped", "Training job stopped")
        else:
            self._say(self._name, "Completed", "Completed", "Training job completed")
