"""The toy template's whole chain, from an upload to the report on the training job."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import JobChanged, JobLine, ScheduleFired
from local_cloud.cloud.server import LocalCloud
from tests.integration.local_cloud.conftest import ended
from tests.support.waiting import wait_until

JOB = "toy-run-1"


@pytest.fixture(scope="module")
def report(cloud: LocalCloud, stack: Stack) -> dict[str, Any]:
    s3, bucket = cloud.client("s3"), stack.outputs["BucketName"]
    for key in ("raw/oil/été 1.jpg", "raw/good/2.jpg", "raw/go"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"image")
    record = cloud.wait_for(ended(stack.resources["Report"]))
    assert record.status == "ok"
    body = s3.get_object(Bucket=bucket, Key=f"runs/{JOB}/report.json")["Body"].read()
    event: dict[str, Any] = json.loads(body)
    return event


@pytest.fixture(scope="module")
def facts(cloud: LocalCloud, stack: Stack, report: dict[str, Any]) -> dict[str, Any]:
    """What the job saw, from the archive it left in S3."""
    key = f"runs/{JOB}/output/output.tar.gz"
    body = cloud.client("s3").get_object(Bucket=stack.outputs["BucketName"], Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        member = archive.extractfile("facts.json")
        assert member is not None
        document: dict[str, Any] = json.load(member)
    return document


def test_each_step_ran_in_its_turn(cloud: LocalCloud, stack: Stack, report: dict[str, Any]) -> None:
    def start_of(function: str, about: str) -> Any:
        return cloud.wait_for(
            lambda event: ended(stack.resources[function])(event) and about in str(event.event)
        ).started_at

    def state(secondary: str) -> Any:
        return cloud.wait_for(
            lambda event: (
                isinstance(event, JobChanged) and (event.job, event.secondary) == (JOB, secondary)
            )
        ).at

    fired = cloud.wait_for(lambda event: isinstance(event, ScheduleFired) and event.name == "go").at
    moments = [start_of("Intake", "raw/go"), fired]
    moments += [start_of("Split", "raw/go"), start_of("Launch", "raw/go")]
    moments += [state("Starting"), state("Training"), state("Completed"), start_of("Report", JOB)]
    assert moments == sorted(moments)


def test_the_event_has_sagemakers_shape(stack: Stack, report: dict[str, Any]) -> None:
    detail = report["detail"]
    assert set(report) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
    }  # fmt: skip
    assert report["resources"] == [detail["TrainingJobArn"]]
    assert detail["TrainingJobStatus"] == detail["SecondaryStatus"] == "Completed"
    assert detail["OutputDataConfig"]["S3OutputPath"] == f"s3://{stack.outputs['BucketName']}/runs/"
    assert detail["Tags"] == {"stack": "toy"}
    assert detail["TrainingEndTime"] > detail["CreationTime"] > 1.7e12  # milliseconds
    assert [transition["Status"] for transition in detail["SecondaryStatusTransitions"]] == [
        "Starting", "Downloading", "Training", "Uploading", "Completed"
    ]  # fmt: skip


def test_the_job_reads_its_channels_and_its_environment(facts: dict[str, Any]) -> None:
    assert facts["images"] == ["good/2.jpg", "oil/été 1.jpg"]
    assert facts["greeting"] == "hi"  # template -> split -> destination -> launch -> job


def test_the_job_has_no_way_to_aws(facts: dict[str, Any]) -> None:
    assert [name for name in facts["variables"] if name.startswith("AWS")] == ["AWS_REGION"]
    assert not [name for name in facts["variables"] if name.startswith("SM_")]


def test_the_job_leaves_model_checkpoints_and_log(
    cloud: LocalCloud, stack: Stack, report: dict[str, Any]
) -> None:
    listed = cloud.client("s3").list_objects_v2(
        Bucket=stack.outputs["BucketName"], Prefix=f"runs/{JOB}/"
    )
    keys = {entry["Key"].removeprefix(f"runs/{JOB}/") for entry in listed["Contents"]}
    assert keys >= {"output/model.tar.gz", "output/output.tar.gz", "checkpoints/epochs.txt"}
    lines = [
        event.line for event in cloud.events if isinstance(event, JobLine) and event.job == JOB
    ]
    assert lines == ["epoch 1", "epoch 2"]
    assert (cloud.workdir / "logs" / f"{JOB}.log").read_text() == "epoch 1\nepoch 2\n"


def test_the_schedule_deleted_itself(cloud: LocalCloud, report: dict[str, Any]) -> None:
    def left() -> list[str]:
        schedules = cloud.client("scheduler").list_schedules()["Schedules"]
        return [schedule["Name"] for schedule in schedules]

    wait_until(lambda: "go" not in left(), left)
