"""What a month's jobs have used, in SageMaker's records, and how many calls it takes to know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from common import sagemaker
from common.sagemaker import MAXIMUM_DESCRIPTIONS, used_in_month
from common.training_job import TrainingJob
from tests.support.aws import Stack
from tests.unit.common.test_limits import limits

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STARTED = {
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/job",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"},
    "TrainingJobStatus": "Completed",
    "SecondaryStatus": "Completed",
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "ResourceConfig": {},
    "StoppingCondition": {},
    "CreationTime": NOW,
}


def job(name: str, hours: float, days_ago: float = 1, status: str = "Completed") -> TrainingJob:
    created_at = NOW - timedelta(days=days_ago)
    return TrainingJob(name, status, created_at, created_at + hours * HOUR)


@pytest.fixture
def stub(aws: Stack) -> Iterator[Stubber]:
    """SageMaker, which describes the jobs that a test expects, in this order, and no others."""
    with Stubber(sagemaker.sagemaker_client()) as stub:
        yield stub
        stub.assert_no_pending_responses()


def describes(stub: Stubber, name: str, **facts: Any) -> None:
    answer = {"TrainingJobName": name, **STARTED, **facts}
    stub.add_response("describe_training_job", answer, {"TrainingJobName": name})


def test_a_month_with_room_is_known_from_the_listing(stub: Stubber):
    jobs = [job("a", 3), job("b", 4), job("of last month", 50, days_ago=30)]

    assert used_in_month(jobs, NOW, room=7 * HOUR) == 7 * HOUR


def test_the_longest_jobs_are_asked_for_until_there_is_room(stub: Stubber):
    describes(stub, "b", TrainingStartTime=NOW, BillableTimeInSeconds=3600)

    assert used_in_month([job("a", 3), job("b", 4)], NOW, room=5 * HOUR) == 4 * HOUR


def test_a_job_counts_as_long_as_it_lasted_until_it_is_billed(stub: Stubber):
    describes(stub, "a", TrainingStartTime=NOW)

    assert used_in_month([job("a", 3)], NOW, room=HOUR) == 3 * HOUR


def test_a_job_that_never_got_a_machine_costs_nothing(stub: Stubber):
    describes(stub, "a")

    assert used_in_month([job("a", 3)], NOW, room=HOUR) == timedelta()


def test_a_running_job_counts_until_now_without_a_question(stub: Stubber):
    running = TrainingJob("a", "InProgress", NOW - 5 * HOUR)

    assert used_in_month([running], NOW, room=HOUR) == 5 * HOUR


def test_no_more_jobs_are_asked_for_than_a_function_has_time_for(stub: Stubber):
    jobs = [job(f"{number}", 2) for number in range(MAXIMUM_DESCRIPTIONS + 10)]
    for number in range(MAXIMUM_DESCRIPTIONS):
        describes(stub, f"{number}", TrainingStartTime=NOW, BillableTimeInSeconds=3600)

    used = used_in_month(jobs, NOW, room=HOUR)

    assert used == MAXIMUM_DESCRIPTIONS * HOUR + 10 * 2 * HOUR


def test_nothing_is_asked_for_while_a_job_runs(stub: Stubber, monkeypatch: pytest.MonkeyPatch):
    running = TrainingJob("b", "InProgress", datetime.now(UTC))
    jobs = [running, job("a", 500)]
    monkeypatch.setattr(sagemaker, "recent_jobs", lambda _: jobs)

    obstacle = sagemaker.find_obstacle(limits())

    assert obstacle is not None
    assert (obstacle.kind, obstacle.running) == ("running", "b")
