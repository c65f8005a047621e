"""Training jobs: how they end, how they stop, and what is left of them."""

from __future__ import annotations

import datetime as dt
import errno
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.cloud.event_log import CloudFailed, JobChanged, JobLine
from local_cloud.cloud.job_data import JobData
from local_cloud.cloud.server import LocalCloud
from tests.integration.local_cloud.conftest import TOY
from tests.support.waiting import wait_until

TRAIN = (TOY.parent / "trainer" / "train.py").read_bytes()
ENDLESS = {"epochs": "1000000", "seconds": "0.1"}
numbers = count(1)
Start = Callable[..., str]


@pytest.fixture
def start(cloud: LocalCloud, bucket: str) -> Iterator[Start]:
    """Start a job whose trainer does what its hyperparameters say; returns its name."""
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="code/train.py", Body=TRAIN)
    s3.put_object(Bucket=bucket, Key="train/a.jpg", Body=b"x")

    def create(name: str = "", train: str = "train/", runtime: int = 60, **asked: str) -> str:
        name = name or f"job-{next(numbers)}"
        cloud.client("sagemaker").create_training_job(
            **request(name, bucket, train, runtime), HyperParameters=asked
        )
        return name

    yield create
    sagemaker = cloud.client("sagemaker")
    for page in sagemaker.get_paginator("list_training_jobs").paginate(StatusEquals="InProgress"):
        for entry in page["TrainingJobSummaries"]:
            sagemaker.stop_training_job(TrainingJobName=entry["TrainingJobName"])


def request(name: str, bucket: str, train: str, runtime: int) -> dict[str, Any]:
    channels = {
        "train": f"s3://{bucket}/{train}",
        "code": f"s3://{bucket}/code/",
    }
    return {
        "TrainingJobName": name,
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3"],
            "ContainerArguments": ["/opt/ml/input/data/code/train.py"],
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss: (.*)"}],
        },
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
            }
            for channel, uri in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/runs/"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": runtime},
        "CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints"},
        "Environment": {"COLOUR": "red"},
        "Tags": [{"Key": "test", "Value": name}],
    }


def wait(cloud: LocalCloud, name: str, *states: str) -> Any:
    states = states or ("Completed", "Failed", "Stopped")
    cloud.wait_for(
        lambda event: isinstance(event, JobChanged) and event.job == name and event.status in states
    )
    return cloud.client("sagemaker").describe_training_job(TrainingJobName=name)


def keys(cloud: LocalCloud, bucket: str, prefix: str) -> list[str]:
    listed = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [entry["Key"].removeprefix(prefix) for entry in listed.get("Contents", [])]


def test_a_completed_job_tells_what_it_was_given(cloud: LocalCloud, start: Start) -> None:
    name = start(epochs="1")
    with pytest.raises(ClientError, match="ResourceInUse"):
        start(name)
    job = wait(cloud, name)
    assert job["TrainingJobStatus"] == "Completed"
    assert job["Environment"] == {"COLOUR": "red"}
    assert job["AlgorithmSpecification"]["MetricDefinitions"][0]["Name"] == "loss"
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert "FailureReason" not in job
    assert "FinalMetricDataList" not in job
    tags = cloud.client("sagemaker").list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "test", "Value": name}]


def test_a_failed_job_gives_its_reason(cloud: LocalCloud, start: Start, bucket: str) -> None:
    job = wait(cloud, name := start(failure="no images: " + "y" * 2000))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: no images: yyy")
    assert job["FailureReason"].endswith("y, exit code: 3")
    assert len(job["FailureReason"]) == 1024 + len("AlgorithmError: , exit code: 3")
    assert "output/model.tar.gz" not in keys(cloud, bucket, f"runs/{name}/")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_fails_and_the_cloud_says_so_where_the_disk_is_full(
    cloud: LocalCloud, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JobData, "download", refuse)
    job = wait(cloud, name := start())
    assert job["FailureReason"].startswith("InternalServerError: No space left on device. Free")
    failed = cloud.wait_for(
        lambda event: isinstance(event, CloudFailed) and event.part == f"thread job-{name}", 10
    )
    assert "No space left on device. Free some space" in failed.reason
    for thread in threading.enumerate():  # pytest has to hear of its end in this test
        if thread.name == f"job-{name}":
            thread.join()


def test_a_job_without_images_fails_as_in_aws(cloud: LocalCloud, start: Start) -> None:
    job = wait(cloud, start(train="nothing/"))
    assert job["FailureReason"].startswith("ClientError: Data download failed:No S3 objects found")


def test_a_stopped_job_keeps_what_it_saved(cloud: LocalCloud, start: Start, bucket: str) -> None:
    name = start(**ENDLESS)
    cloud.wait_for(lambda event: isinstance(event, JobLine) and event.job == name)
    cloud.client("sagemaker").stop_training_job(TrainingJobName=name)
    job = cloud.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] in ("Stopping", "Stopped")
    job = wait(cloud, name, "Stopped")
    assert job["SecondaryStatus"] == "Stopped"
    assert set(keys(cloud, bucket, f"runs/{name}/output/")) == {"model.tar.gz", "output.tar.gz"}
    with pytest.raises(ClientError, match="ValidationException"):
        cloud.client("sagemaker").stop_training_job(TrainingJobName=name)


def test_a_job_stopped_before_it_trains_never_goes_back(cloud: LocalCloud, start: Start) -> None:
    name = start(**ENDLESS)
    cloud.client("sagemaker").stop_training_job(TrainingJobName=name)
    job = wait(cloud, name, "Stopped")
    seen = [transition["Status"] for transition in job["SecondaryStatusTransitions"]]
    assert seen[seen.index("Stopping") :] == ["Stopping", "Stopped"]


def test_the_next_job_goes_on_from_the_checkpoints(cloud: LocalCloud, start: Start) -> None:
    wait(cloud, start(epochs="3"))
    wait(cloud, second := start(epochs="5"))
    lines = [
        event.line for event in cloud.events if isinstance(event, JobLine) and event.job == second
    ]
    assert lines == ["epoch 4", "epoch 5"]


def test_what_a_job_prints_is_in_cloudwatch_logs(cloud: LocalCloud, start: Start) -> None:
    wait(cloud, name := start(epochs="2"))
    printed = [
        event.line for event in cloud.events if isinstance(event, JobLine) and event.job == name
    ]
    logs = cloud.client("logs")

    def events() -> list[str]:
        streams = logs.describe_log_streams(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/algo-1-"
        )["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(
                logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=stream["logStreamName"]
            )["events"]
        ]

    wait_until(lambda: len(events()) >= len(printed), events)
    assert events() == printed == ["epoch 1", "epoch 2"]


def test_a_job_is_stopped_at_its_maximum_runtime(cloud: LocalCloud, start: Start) -> None:
    job = wait(cloud, start(**ENDLESS, runtime=1))
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "MaxRuntimeExceeded"


@pytest.mark.parametrize("name", ["under_score", "-dash", "x" * 64])
def test_a_name_sagemaker_refuses(start: Start, name: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        start(name)


def test_jobs_are_filtered_sorted_and_paged(cloud: LocalCloud, start: Start) -> None:
    sagemaker = cloud.client("sagemaker")
    names = [start(f"list-{letter}", epochs="1") for letter in "bca"]
    first = wait(cloud, names[0])
    for name in names[1:]:
        wait(cloud, name)

    def listed(**query: Any) -> list[str]:
        pages = sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains="LIST-", PaginationConfig={"PageSize": 2}, **query
        )
        return [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]

    assert listed(SortBy="Name", SortOrder="Ascending") == ["list-a", "list-b", "list-c"]
    assert listed(SortBy="CreationTime", SortOrder="Descending") == names[::-1]
    # A page is cut before it is filtered: the newest job of all is not the one that is asked for.
    page = sagemaker.list_training_jobs(
        NameContains=names[0], SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )
    assert page["TrainingJobSummaries"] == []
    assert "NextToken" in page
    hour = dt.timedelta(hours=1)
    assert listed(CreationTimeAfter=first["CreationTime"] - hour) == names
    assert listed(CreationTimeAfter=first["CreationTime"] + hour) == []
    assert listed(StatusEquals="Failed") == []
    assert len(listed(StatusEquals="Completed")) == 3


def test_a_job_that_is_not_there_is_said_so_as_in_aws(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*Requested resource not found"):
        cloud.client("sagemaker").describe_training_job(TrainingJobName="nowhere")
