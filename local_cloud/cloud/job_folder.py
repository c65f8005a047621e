"""A training job's /opt/ml: the folders, configuration files, environment and command."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud import environment
from local_cloud.cloud.arns import REGION

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        ChannelOutputTypeDef,
        DescribeTrainingJobResponseTypeDef,
    )

OPT_ML = "/opt/ml"
HOST = "algo-1"


class JobFolder:
    """The folder that stands in for /opt/ml, where a normal user may not write.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
    """

    def __init__(self, root: Path, job: DescribeTrainingJobResponseTypeDef) -> None:
        self.root = root
        self.model = root / "model"
        self.output = root / "output" / "data"
        self.failure = root / "output" / "failure"
        self._config = root / "input" / "config"
        self._job = job
        checkpoints = job.get("CheckpointConfig", {}).get("LocalPath", f"{OPT_ML}/checkpoints")
        self.checkpoints = Path(self.local(checkpoints))
        for folder in (self.model, self.output, self._config, self.checkpoints, root / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)

    def channel(self, name: str) -> Path:
        """Return a channel's folder."""
        return self.root / "input" / "data" / name

    def local(self, text: str) -> str:
        """Replace the prefix /opt/ml by this folder."""
        if text == OPT_ML or text.startswith(OPT_ML + "/"):
            return str(self.root) + text[len(OPT_ML) :]
        return text

    def write_configuration(self) -> None:
        """Write hyperparameters.json, inputdataconfig.json and resourceconfig.json."""
        channels, group = self._job.get("InputDataConfig", []), "homogeneousCluster"
        resources: Mapping[str, Any] = self._job["ResourceConfig"]
        instance = resources.get("SelectedInstanceType", resources.get("InstanceType", "local"))
        machines = {"instance_group_name": group, "instance_type": instance, "hosts": [HOST]}
        files: dict[str, Any] = {
            "hyperparameters": self._job.get("HyperParameters", {}),
            "inputdataconfig": {item["ChannelName"]: _channel(item) for item in channels},
            "resourceconfig": {
                "current_host": HOST,
                "current_instance_type": instance,
                "current_group_name": group,
                "hosts": [HOST],
                "instance_groups": [machines],
                "network_interface_name": "eth0",
            },
        }
        for name, content in files.items():
            (self._config / f"{name}.json").write_text(json.dumps(content))

    def command(self) -> list[str]:
        """Return the container's command, to be run with this Python."""
        algorithm = self._job["AlgorithmSpecification"]
        words = algorithm.get("ContainerEntrypoint", []) + algorithm.get("ContainerArguments", [])
        if not words:
            raise ValueError("a job without ContainerEntrypoint would run the image's own code")
        words = [self.local(word) for word in words]
        return [sys.executable if word in ("python", "python3") else word for word in words]

    def environment(self) -> dict[str, str]:
        """Return the variables of SageMaker and the image. No credentials: the job is isolated.

        The SM_ variables come from the toolkit inside the image: on AWS a job with an entry point
        of its own doesn't get them, so it doesn't here.
        """
        return {
            **environment.for_child(self.root / "home"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self.root / "tmp"),
            **self._job.get("Environment", {}),
            "AWS_REGION": REGION,
            "TRAINING_JOB_NAME": self._job["TrainingJobName"],
            "TRAINING_JOB_ARN": self._job["TrainingJobArn"],
            "SAGEMAKER_BASE_DIR": str(self.root),
        }

    def failure_text(self) -> str:
        """Return the text of /opt/ml/output/failure, at most 1024 characters."""
        if not self.failure.is_file():
            return ""
        return self.failure.read_text(errors="replace")[:1024]


def _channel(channel: ChannelOutputTypeDef) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    configuration: dict[str, str] = {
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    if "ContentType" in channel:
        configuration["ContentType"] = channel["ContentType"]
    return configuration
