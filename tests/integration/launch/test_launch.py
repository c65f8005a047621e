"""The launch against moto: one job, once, with everything it needs, or words why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from common import keys
from common.claim import claim
from common.errors import BusyError
from common.storage import Bucket
from launch import jobs
from launch.decision import JobSummary
from launch.handler import handle
from launch.run_name import RunName
from tests.support.aws import BUCKET, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event

STACK_HASH = "51af3dc0"


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "STACK_HASH": STACK_HASH,
        "STACK_NAME": "droptrain",
        "TRAINING_IMAGE": "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-training:2",
        "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
        "INSTANCE_TYPE": "ml.m5.xlarge",
        "VOLUME_GIGABYTES": "30",
        "USE_SPOT": "false",
        "MAXIMUM_RUN_SECONDS": "7200",
        "MAXIMUM_RUNS_PER_DAY": "4",
        "EPOCHS": "30",
        "BATCH_SIZE": "32",
        "LEARNING_RATE": "0.002",
        "IMAGE_SIZE": "128",
        "SPLIT_SEED": "0",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def known_jobs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let SageMaker know of these jobs."""

    def know(*summaries: JobSummary) -> None:
        monkeypatch.setattr(jobs, "jobs_of", lambda _: list(summaries))

    return know


@pytest.fixture
def without_quota() -> Iterator[None]:
    with Stubber(jobs.sagemaker_client()) as stub:
        stub.add_response("list_training_jobs", {"TrainingJobSummaries": []})
        stub.add_client_error(
            "create_training_job",
            service_error_code="ResourceLimitExceeded",
            service_message="The account-level service limit is 0 Instances",
        )
        yield


def call(kind: str = "ready", name: str = "split_ready", **trigger: str) -> dict[str, Any]:
    event = load_event(f"destination/{name}")
    event["responsePayload"]["trigger"] |= {"kind": kind} | trigger
    return handle(event, LambdaContext())


def dataset() -> str:
    found: str = load_event("destination/split_ready")["responsePayload"]["dataset"]
    return found


def job(number: int, status: str = "Completed", hours: float = 1) -> JobSummary:
    created_at = datetime.now(UTC) - timedelta(hours=hours)
    ended_at = None if status == "InProgress" else created_at + timedelta(minutes=5)
    return JobSummary(
        RunName(STACK_HASH, f"{number:08x}", "0" * 8, 1), status, created_at, ended_at
    )


def test_a_dataset_starts_a_job(aws: Stack):
    answer = call()

    assert answer["outcome"] == "start"
    started = aws.sagemaker.describe_training_job(TrainingJobName=answer["run"])
    assert started["HyperParameters"]["epochs"] == "30"
    assert answer["run"].startswith(f"{STACK_HASH}-{dataset()[:8]}-")
    assert aws.status()["run"]["state"] == "training"
    assert aws.status()["drop"]["run"] == answer["run"]
    assert aws.get_json(keys.launched(dataset())) == {"run": answer["run"]}


def test_the_job_s_tags_carry_stack_dataset_and_correlation(aws: Stack):
    run = call(correlation_id="split-window-1")["run"]

    arn = aws.sagemaker.describe_training_job(TrainingJobName=run)["TrainingJobArn"]
    tags = {tag["Key"]: tag["Value"] for tag in aws.sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {
        "droptrain:stack": "droptrain",
        "droptrain:stack-hash": STACK_HASH,
        "droptrain:dataset": dataset(),
        "droptrain:correlation-id": "split-window-1",
    }


def test_the_training_code_is_uploaded_once(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    call()
    first = {item["Key"]: item["LastModified"] for item in listed(aws)}
    monkeypatch.setenv("EPOCHS", "31")
    jobs_started_before = len(aws.sagemaker.list_training_jobs()["TrainingJobSummaries"])

    from common import settings

    settings.load.cache_clear()
    call()

    assert any(key.endswith("/train.py") for key in first)
    assert {item["Key"]: item["LastModified"] for item in listed(aws)} == first
    assert len(aws.sagemaker.list_training_jobs()["TrainingJobSummaries"]) > jobs_started_before


def listed(aws: Stack) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix="code/")[
        "Contents"
    ]
    return contents


def test_the_same_again_starts_nothing(aws: Stack):
    first = call()

    assert call() == {"outcome": "trained", "run": first["run"]}
    assert len(aws.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1


@pytest.mark.parametrize("name", ["split_unchanged", "split_refused", "split_not_yet"])
def test_other_answers_of_the_split_start_nothing(aws: Stack, name: str):
    assert call(name=name) == {"outcome": "ignored", "run": None}
    assert aws.keys() == []


def test_a_job_that_runs_is_waited_for(aws: Stack, known_jobs: Callable[..., None]):
    running = job(1, "InProgress")
    known_jobs(running)

    assert call() == {"outcome": "queued", "run": str(running.name)}
    assert aws.status()["drop"]["state"] == "queued"
    assert str(running.name) in aws.status()["drop"]["sentence"]
    assert aws.keys("splits/") == []


def test_the_daily_limit_is_said_once_with_its_end(aws: Stack, known_jobs: Callable[..., None]):
    known_jobs(*(job(number, hours=number) for number in range(1, 5)))

    assert [call()["outcome"], call()["outcome"]] == ["capped", "capped"]

    run = aws.status()["run"]
    assert run["state"] == "capped"
    assert run["not_before"] in run["sentence"]
    [message] = aws.messages()
    assert "MaximumRunsPerDay" in message["Message"]


def test_a_quota_of_zero_is_explained(aws: Stack, without_quota: None):
    assert call()["outcome"] == "no quota"

    run = aws.status()["run"]
    assert run["state"] == "failed"
    assert "Service Quotas" in run["sentence"]
    assert "ml.m5.xlarge" in run["sentence"]
    assert len(aws.messages()) == 1
    assert aws.keys("splits/") == []


def test_an_ended_job_that_left_nothing_to_do_leaves_the_status_alone(aws: Stack):
    call()
    before = aws.status()

    assert call(kind="job ended")["outcome"] == "trained"
    assert aws.status() == before


def test_two_launches_at_once_are_one_after_the_other(aws: Stack):
    held = claim(Bucket(BUCKET), keys.LAUNCH_LOCK, 60)
    assert held is not None

    with pytest.raises(BusyError):
        call()
    held.release()

    assert call()["outcome"] == "start"


def test_the_lock_is_given_back_when_a_launch_fails(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "jobs_of", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            call()

    assert call()["outcome"] == "start"
