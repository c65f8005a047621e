"""The whole chain of template.yaml on this machine, with a training script that is quick."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud import LocalCloud
from local_cloud.records import FunctionEnded
from tests.support.aws import png
from tests.support.requests import Recorder, follow_requests

ROOT = Path(__file__).resolve().parents[2]
TRAINER = Path(__file__).with_name("trainer.py")
SECONDS = 120.0


class Chain:
    """A deployed stack, used as its users use it: by objects in the bucket."""

    def __init__(self, cloud: LocalCloud, folder: Path, stack_name: str = "droptrain") -> None:
        self.cloud = cloud
        self.stack_name = stack_name
        self.patience = SECONDS
        self.control = folder / "control"
        self.control.mkdir(parents=True)
        self._layer = folder / "layer"
        code = self._layer / "python" / "training_code"
        code.mkdir(parents=True)
        text = TRAINER.read_text().replace("@CONTROL@", str(self.control))
        (code / "train.py").write_text(text)
        self.s3 = cloud.client("s3")
        self.sagemaker = cloud.client("sagemaker")

    def deploy(self, **parameters: str) -> None:
        """Deploy, or deploy again with other parameters."""
        stack = self.cloud.deploy(
            ROOT / "template.yaml",
            {"QuietPeriodSeconds": "0", "Epochs": "2"} | parameters,
            self.stack_name,
            layer_folders={"TrainingCodeLayer": self._layer},
        )
        self.bucket = stack.outputs["BucketName"]
        self.resources = stack.resources
        described = self.cloud.client("cloudformation").describe_stacks(StackName=self.stack_name)
        self.job_prefix = described["Stacks"][0]["StackId"].split("/")[2].split("-")[0] + "-"
        self.roles = {
            name.removesuffix("Role"): physical
            for name, physical in stack.resources.items()
            if name.endswith("Role")
        }

    def drop(self, keys: list[str], body: bytes | None = None) -> None:
        """Upload objects under raw/, several at a time; each holds its key unless given a body."""
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda key: self.put(f"raw/{key}", body or png(key)), keys))

    def drop_classes(self, size: int = 12, prefix: str = "") -> None:
        """Drop two classes of `size` images; another prefix makes other images."""
        self.drop([f"{c}/{prefix}{n}.png" for c in ("good", "iron ash") for n in range(size)])

    def ready(self) -> None:
        """Say that the drop is complete."""
        self.put("raw/_READY", b"")

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def status(self) -> dict[str, Any]:
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key="status.json")["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return {}
        board: dict[str, Any] = json.loads(body)
        return board

    def jobs(self) -> list[str]:
        """Return the names of this stack's jobs, oldest first."""
        pages = self.sagemaker.get_paginator("list_training_jobs").paginate(
            SortBy="CreationTime", SortOrder="Ascending"
        )
        names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
        return [name for name in names if name.startswith(self.job_prefix)]

    def await_run(self, state: str, run: str | None = None) -> dict[str, Any]:
        """Wait until the status says of a run that it is in `state`."""
        return self._await("run", state, run)

    def await_drop(self, state: str) -> dict[str, Any]:
        """Wait until the status says of the drop that it is in `state`."""
        return self._await("drop", state, None)

    def _await(self, section: str, state: str, run: str | None) -> dict[str, Any]:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            entry: dict[str, Any] = self.status().get(section, {})
            if entry.get("state") == state and run in (None, entry.get("run")):
                return entry
            time.sleep(0.05)
        raise TimeoutError(f"no {section} {state}: {self.status()} {self.problems()}")

    def await_answers(self, function: str, count: int) -> list[Any]:
        """Wait until a function has answered `count` times in all; return the answers."""
        deadline = time.monotonic() + self.patience
        while len(found := self.answers(function)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{function} answered {found} {self.problems()}")
            time.sleep(0.05)
        return found

    def await_answer(self, function: str, **facts: Any) -> None:
        """Wait until a function has answered with these facts among others."""
        deadline = time.monotonic() + self.patience
        while not any(facts.items() <= answer.items() for answer in self.answers(function)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{function} answered {self.answers(function)}, never {facts}")
            time.sleep(0.05)

    def answers(self, function: str) -> list[Any]:
        """Return what a function answered so far, by the beginning of its logical id."""
        return [
            record.answer
            for record in self.cloud.events
            if isinstance(record, FunctionEnded)
            and record.function.startswith(f"{self.stack_name}-{function}Function-")
            and record.status == "ok"
        ]

    def problems(self) -> list[str]:
        """Return what went wrong in any function, of any stack."""
        return [
            f"{record.function}: {record.error}"
            for record in self.cloud.events
            if isinstance(record, FunctionEnded) and record.status != "ok"
        ]

    def statements(self, role: str) -> list[dict[str, Any]]:
        """Return what a role allows, with the stack's own names in place of references."""
        iam = self.cloud.client("iam")
        found: list[dict[str, Any]] = []
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            # moto hands a policy that CloudFormation made back as Python text, not as JSON.
            found += ast.literal_eval(str(document))["Statement"]
        return found

    def undelivered(self) -> dict[str, int]:
        """Count the messages in the queues for what could not be handled."""
        sqs = self.cloud.client("sqs")
        return {
            name: int(
                sqs.get_queue_attributes(
                    QueueUrl=self.resources[name], AttributeNames=["ApproximateNumberOfMessages"]
                )["Attributes"]["ApproximateNumberOfMessages"]
            )
            for name in ("FailureQueue", "DropDeadLetterQueue")
        }

    def schedules(self) -> list[str]:
        """Return the names of the pending schedules."""
        group = self.resources["ScheduleGroup"]
        listed = self.cloud.client("scheduler").list_schedules(GroupName=group)
        return [item["Name"] for item in listed["Schedules"]]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Keeps every request that reaches the server."""
    recording = Recorder()
    follow_requests(monkeypatch, recording)
    return recording


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with LocalCloud(tmp_path / "cloud", retry_delays=(0.3, 0.6)) as cloud:
        yield Chain(cloud, tmp_path)
