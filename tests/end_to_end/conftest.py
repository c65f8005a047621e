"""The whole chain of template.yaml on this machine, with a training script that is quick."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud.event_log import FunctionEnded
from local_cloud.cloud.server import LocalCloud
from tests.support.aws import png
from tests.support.requests import Recorder, follow_requests
from tests.support.waiting import HANG_SECONDS, Answer, wait_until

ROOT = Path(__file__).resolve().parents[2]
TRAINER = Path(__file__).with_name("trainer.py")
# Seconds. What died is tried again at once; what was busy twice has time to end, as in AWS.
RETRY_DELAYS = (0.3, 30.0)


class Chain:
    """A deployed stack, used as its users use it: by objects in the bucket."""

    def __init__(self, cloud: LocalCloud, folder: Path, stack_name: str = "droptrain") -> None:
        self.cloud = cloud
        self.stack_name = stack_name
        self.template = ROOT / "template.yaml"
        self.patience = HANG_SECONDS
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
            self.template,
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

    def drop_at_once(self, prefix: str = "") -> None:
        """Drop two classes so that S3 notifies of the last image alone.

        However slow the upload is, no quiet period can end within it.
        """
        with self.unnoticed():
            self.drop_classes(prefix=prefix)
        self.drop([f"good/{prefix}0.png"])

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """Let S3 notify of nothing meanwhile."""
        configuration = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)
        self._notify({})
        yield
        self._notify({"QueueConfigurations": configuration["QueueConfigurations"]})

    def _notify(self, configuration: Any) -> None:
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration=configuration
        )

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
        """Wait until the status says of a run that it is in `state`.

        Where its job has ended, also until the chain has looked whether more is to be trained: it
        would take the first images of the next drop for all.
        """
        entry = self._await("run", state, run)
        self.wait_until(lambda: self._looks_after_jobs() >= len(self._ended_jobs()))
        return entry

    def await_drop(self, state: str) -> dict[str, Any]:
        """Wait until the status says of the drop that it is in `state`."""
        return self._await("drop", state, None)

    def _await(self, section: str, state: str, run: str | None) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            entry: dict[str, Any] = self.status().get(section, {})
            is_wanted = entry.get("state") == state and run in (None, entry.get("run"))
            return entry if is_wanted else {}

        return self.wait_until(look)

    def await_answers(self, function: str, count: int) -> list[Any]:
        """Wait until a function has answered `count` times in all; return the answers."""
        self.wait_until(lambda: len(self.answers(function)) >= count)
        return self.answers(function)

    def await_answer(self, function: str, **facts: Any) -> None:
        """Wait until a function has answered with these facts among others."""

        def answered() -> bool:
            return any(facts.items() <= answer.items() for answer in self.answers(function))

        self.wait_until(answered)

    def await_intake(self, changes: int) -> None:
        """Wait until intake has taken in so many changes of objects in all."""

        def count() -> int:
            messages = [
                message for event in self.ended("Intake") for message in event.event["Records"]
            ]
            return sum(len(json.loads(message["body"]).get("Records", [])) for message in messages)

        self.wait_until(lambda: count() >= changes)

    def wait_until(self, look: Callable[[], Answer]) -> Answer:
        """Look again and again until the answer is true, and return it."""
        return wait_until(look, lambda: (self.status(), self.problems()), self.patience)

    def answers(self, function: str) -> list[Any]:
        """Return what a function answered so far, by the beginning of its logical id."""
        return [event.answer for event in self.ended(function)]

    def ended(self, function: str) -> list[FunctionEnded]:
        """Return the invocations of a function that went well, by the beginning of its id."""
        return [
            event
            for event in self.cloud.events
            if isinstance(event, FunctionEnded)
            and event.function.startswith(f"{self.stack_name}-{function}Function-")
            and event.status == "ok"
        ]

    def _looks_after_jobs(self) -> int:
        triggers = [event.event["responsePayload"]["trigger"] for event in self.ended("Launch")]
        return sum(trigger["kind"] == "job ended" for trigger in triggers)

    def _ended_jobs(self) -> list[str]:
        describe = self.sagemaker.describe_training_job
        jobs = [(job, describe(TrainingJobName=job)["TrainingJobStatus"]) for job in self.jobs()]
        return [job for job, status in jobs if status not in ("InProgress", "Stopping")]

    def problems(self) -> list[str]:
        """Return what went wrong in any function, of any stack."""
        return [
            f"{event.function}: {event.error}"
            for event in self.cloud.events
            if isinstance(event, FunctionEnded) and event.status != "ok"
        ]

    def statements(self, role: str) -> list[dict[str, Any]]:
        """Return what a role allows, with the stack's own names in place of references."""
        iam = self.cloud.client("iam")
        statements: list[dict[str, Any]] = []
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            # moto hands a policy that CloudFormation made back as Python text, not as JSON.
            statements += ast.literal_eval(str(document))["Statement"]
        return statements

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

    def schedules(self, prefix: str = "split-") -> list[str]:
        """Return the names of the pending one-time schedules."""
        group = self.resources["ScheduleGroup"]
        listed = self.cloud.client("scheduler").list_schedules(GroupName=group, NamePrefix=prefix)
        return [item["Name"] for item in listed["Schedules"]]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Keeps every request that reaches the server."""
    recording = Recorder()
    follow_requests(monkeypatch, recording)
    return recording


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with LocalCloud(tmp_path / "cloud", retry_delays=RETRY_DELAYS) as cloud:
        yield Chain(cloud, tmp_path)
