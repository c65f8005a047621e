"""SageMaker's event in every shape it comes in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from plot.job_end import Costs, read_job_end
from tests.support.events import load_event

COMPLETED = load_event("sagemaker/job_completed")


def detail(**changes: Any) -> dict[str, Any]:
    return {**COMPLETED, "detail": {**COMPLETED["detail"], **changes}}


@pytest.mark.parametrize("shape", ["string_times", "tag_list"])
def test_every_shape_of_the_event_reads_the_same(shape: str) -> None:
    assert read_job_end(load_event(f"sagemaker/job_completed_{shape}")) == read_job_end(COMPLETED)


def test_reads_times_in_milliseconds() -> None:
    job = read_job_end(detail(TrainingStartTime=1773480000000, TrainingEndTime="1773480600500"))
    assert job.ended_at == datetime(2026, 3, 14, 9, 30, 0, 500_000, UTC)
    assert job.seconds == 600.5


def test_reads_tags() -> None:
    job = read_job_end(COMPLETED)
    assert job.correlation_id == "split-window-1773480600"
    assert len(job.dataset) == 64


def test_missing_fields_have_substitutes() -> None:
    job = read_job_end(load_event("sagemaker/job_completed_minimal"))
    assert job.dataset == "cf6336ca"
    assert job.correlation_id == job.run
    assert job.ended_at == datetime.fromisoformat(COMPLETED["time"])
    assert job.seconds is None
    assert job.failure_reason == ""
    assert job.secondary_status == ""


def test_null_is_a_missing_field() -> None:
    nothing = dict.fromkeys(
        (
            *("FailureReason", "SecondaryStatus", "TrainingStartTime", "TrainingEndTime", "Tags"),
            *("InputDataConfig", "HyperParameters"),
        )
    )
    minimal = read_job_end(load_event("sagemaker/job_completed_minimal"))
    assert read_job_end(detail(**nothing)) == minimal


def test_reads_a_failed_job() -> None:
    job = read_job_end(load_event("sagemaker/job_failed"))
    assert job.status == "Failed"
    assert job.failure_reason.startswith("AlgorithmError: ")


def test_a_job_that_never_started_has_no_duration() -> None:
    assert read_job_end(load_event("sagemaker/job_failed_capacity")).seconds is None


@pytest.mark.parametrize(
    "changes",
    [
        {"TrainingJobName": "../../etc"},
        {"TrainingJobName": ""},
        {"TrainingJobName": "a" * 64},
        {"TrainingJobStatus": "InProgress"},
        {"TrainingEndTime": "yesterday"},
    ],
)
def test_refuses_other_events(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        read_job_end(detail(**changes))


def test_reads_the_training_code_and_the_hyperparameters() -> None:
    job = read_job_end(COMPLETED)
    assert job.code == "274244d64c1a892d01a1863b50703e2f224c46bec6f29a25d63b5ff7291e979c"
    assert job.hyperparameters["epochs"] == "30"
    assert read_job_end(detail(InputDataConfig=[{"ChannelName": "code"}, 3])).code == ""


def test_the_spot_saving_is_the_share_of_time_not_billed() -> None:
    assert Costs(1000, 300, is_spot=True).spot_saving == pytest.approx(0.7)


@pytest.mark.parametrize(
    "costs", [Costs(1000, 1000, is_spot=False), Costs(is_spot=True), Costs(0, 0, is_spot=True)]
)
def test_there_is_no_spot_saving_without_spot_or_times(costs: Costs) -> None:
    assert costs.spot_saving is None
