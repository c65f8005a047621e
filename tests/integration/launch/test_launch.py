"""The launch against moto: one job, once, with everything it needs, or words why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber
from moto.backends import get_backend

from common import clock, keys, settings
from common.claim import claim
from common.errors import BusyError
from common.storage import Bucket
from launch import jobs
from launch.decision import LONGEST_JOB, MAXIMUM_ATTEMPTS, JobSummary
from launch.handler import handle
from launch.run_name import RunName
from tests.support.aws import ACCOUNT, BUCKET, REGION, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.foreign_jobs import add_foreign_jobs, counted_calls

STACK_HASH = "51af3dc0"
NO_QUOTA = (
    "The account-level service limit 'ml.m5.xlarge for training job usage' is 0 Instances, with "
    "current utilization of 0 Instances and a request delta of 1 Instances."
)
NO_PASS_ROLE = (
    "User: arn:aws:sts::123456789012:assumed-role/launch/launch is not authorized to perform: "
    "iam:PassRole on resource: arn:aws:iam::123456789012:role/training because no permissions "
    "boundary allows the iam:PassRole action"
)
NOT_FOUND = "Requested resource not found."
ROLE_TOO_NEW = (
    "Could not assume role arn:aws:iam::123456789012:role/training. Please ensure that the role "
    "exists and allows principal 'sagemaker.amazonaws.com' to assume the role."
)


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "STACK_HASH": STACK_HASH,
        "STACK_NAME": "droptrain",
        "TRAINING_IMAGE_CPU": "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow:cpu",
        "TRAINING_IMAGE_GPU": "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow:gpu",
        "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
        "TRAINING_SUBNETS": "",
        "TRAINING_SECURITY_GROUPS": "",
        "JOB_TAGS": "",
        "INSTANCE_TYPE": "ml.m5.xlarge",
        "VOLUME_GIGABYTES": "30",
        "USE_SPOT": "false",
        "MAXIMUM_RUN_SECONDS": "7200",
        "MAXIMUM_RUNS_PER_DAY": "4",
        "ARCHITECTURE": "cnn",
        "PRETRAINED_WEIGHTS": "",
        "EPOCHS": "30",
        "PATIENCE": "0",
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
        monkeypatch.setattr(jobs, "jobs_since", lambda *_: list(summaries))

    return know


@contextmanager
def turned_down(code: str, message: str, times: int = 1) -> Iterator[None]:
    """Let SageMaker turn the next requests for a job down."""
    with Stubber(jobs.sagemaker_client()) as stub:
        for _ in range(times):
            for _ in range(MAXIMUM_ATTEMPTS):
                stub.add_client_error("describe_training_job", "ValidationException", NOT_FOUND)
            stub.add_response("list_training_jobs", {"TrainingJobSummaries": []})
            stub.add_client_error("create_training_job", code, message)
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


def test_an_account_full_of_jobs_costs_few_calls(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    """5,000 foreign jobs, one an hour: 264 of them in the eleven days in which one may run."""
    add_foreign_jobs(5000, timedelta(hours=1), monkeypatch)

    with counted_calls(jobs.sagemaker_client()) as calls:
        assert call()["outcome"] == "start"

    # Three pages of a hundred, and the one that shows that nothing younger follows.
    assert calls == {"DescribeTrainingJob": 3, "ListTrainingJobs": 4, "CreateTrainingJob": 1}


def test_a_job_that_has_run_for_days_is_found_among_others(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    run = call()["run"]
    add_foreign_jobs(1500, timedelta(minutes=10), monkeypatch)
    job = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs[run]
    job.training_job_status = "InProgress"
    job.creation_time = datetime.now(UTC).replace(tzinfo=None) - LONGEST_JOB + timedelta(days=1)
    monkeypatch.setenv("EPOCHS", "31")
    settings.load.cache_clear()

    assert call() == {"outcome": "queued", "run": run}


def test_a_job_that_never_got_a_machine_is_tried_again(aws: Stack):
    """Its description may have no end: its last change is one."""
    run = call()["run"]
    job = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs[run]
    job.training_job_status, job.training_end_time = "Failed", None

    later = clock.to_text(datetime.now(UTC) + timedelta(seconds=5))
    assert call(triggered_at=later) == {"outcome": "start", "run": f"{run[:-1]}2"}
    # moto calls it completed: the newest attempt counts.
    assert call(triggered_at=later) == {"outcome": "trained", "run": f"{run[:-1]}2"}


def test_the_daily_limit_is_said_once_with_its_end(aws: Stack, known_jobs: Callable[..., None]):
    known_jobs(*(job(number, hours=number) for number in range(1, 5)))

    assert [call()["outcome"], call()["outcome"]] == ["capped", "capped"]

    run = aws.status()["run"]
    assert run["state"] == "capped"
    assert run["not_before"] in run["sentence"]
    [message] = aws.messages()
    assert "MaximumRunsPerDay" in message["Message"]


def test_a_quota_of_zero_is_explained(aws: Stack):
    with turned_down("ResourceLimitExceeded", NO_QUOTA):
        assert call()["outcome"] == "not started"

    run = aws.status()["run"]
    assert run["state"] == "failed"
    assert "Service Quotas" in run["sentence"]
    assert "ml.m5.xlarge" in run["sentence"]
    assert len(aws.messages()) == 1
    assert aws.keys("splits/") == []


def test_one_trigger_is_told_once_and_the_next_one_again(aws: Stack):
    with turned_down("ResourceLimitExceeded", NO_QUOTA, times=3):
        call()
        call()
        assert len(aws.messages()) == 1

        call(kind="ready", correlation_id="ready-2")
        assert len(aws.messages()) == 1


def test_a_rule_of_the_account_is_told_rather_than_retried(aws: Stack):
    with turned_down("AccessDeniedException", NO_PASS_ROLE):
        assert call()["outcome"] == "not started"

    assert "permissions boundary" in aws.status()["run"]["sentence"]
    [message] = aws.messages()
    assert "iam:PassRole" in message["Message"]


def test_a_question_that_is_forbidden_is_told_too(aws: Stack):
    with Stubber(jobs.sagemaker_client()) as stub:
        stub.add_client_error(
            "describe_training_job", "AccessDeniedException", "with an explicit deny"
        )
        assert call()["outcome"] == "not started"

    assert len(aws.messages()) == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [("ValidationException", ROLE_TOO_NEW), ("ThrottlingException", "Rate exceeded")],
)
def test_what_passes_by_itself_is_left_to_lambda_s_retries(aws: Stack, code: str, message: str):
    with turned_down(code, message), pytest.raises(jobs.TurnedDownError, match=code):
        call()

    assert aws.messages() == []
    assert call()["outcome"] == "start"


def test_the_job_runs_in_the_user_s_subnets_with_the_user_s_tags(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TRAINING_SUBNETS", "subnet-0123456789abcdef0")
    monkeypatch.setenv("TRAINING_SECURITY_GROUPS", "sg-0123456789abcdef0")
    monkeypatch.setenv("JOB_TAGS", "CostCenter=42")

    job = aws.sagemaker.describe_training_job(TrainingJobName=call()["run"])

    assert job["VpcConfig"]["Subnets"] == ["subnet-0123456789abcdef0"]
    assert job["EnableNetworkIsolation"] is True
    tags = aws.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert {"Key": "CostCenter", "Value": "42"} in tags


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
        patch.setattr(jobs, "jobs_since", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            call()

    assert call()["outcome"] == "start"
