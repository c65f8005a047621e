"""What must hold of two stacks in one account."""

from __future__ import annotations

from tests.end_to_end.conftest import Chain
from tests.support.permissions import Permission, granted
from tests.support.requests import Recorder

# Actions that know no resource: what they list is narrowed by the request, not by the role.
LISTS = {"scheduler:ListSchedules", "sagemaker:ListTrainingJobs"}


def assert_apart(stack: Chain, other: Chain, recorder: Recorder) -> int:
    """Assert that a stack touched nothing of the other's; return how many permissions it used.

    Objects, jobs, locks and status are read in the bucket and in SageMaker; what each function
    asked for is held against the roles of both stacks.
    """
    assert stack.bucket != other.bucket
    assert not stack.job_prefix.startswith(other.job_prefix)
    for run in stack.jobs():
        job = stack.sagemaker.describe_training_job(TrainingJobName=run)
        assert job["OutputDataConfig"]["S3OutputPath"] == f"s3://{stack.bucket}/runs/"
        assert job["RoleArn"].rsplit("/", 1)[-1] == stack.roles["Training"]
        for channel in job["InputDataConfig"]:
            source = channel["DataSource"]["S3DataSource"]["S3Uri"]
            assert source.startswith(f"s3://{stack.bucket}/")
    # Beside the runs lies the list of them.
    runs = {key.split("/")[1] for key in stack.keys("runs/") if key.count("/") > 1}
    assert runs == set(stack.jobs())
    notified = [key for key in stack.keys("locks/") if key.startswith("locks/notified-")]
    assert {key.removeprefix("locks/notified-").removesuffix(".json") for key in notified} == runs
    assert stack.status()["run"]["run"] in runs
    assert sorted(answer["run"] for answer in stack.answers("Plot")) == sorted(runs)
    assert stack.schedules() == []
    return _assert_permissions_apart(stack, other, recorder)


def _assert_permissions_apart(stack: Chain, other: Chain, recorder: Recorder) -> int:
    used = recorder.by_role()
    checked = 0
    for name in ("Intake", "Split", "Launch", "Plot"):
        wanted = {request for request in used[stack.roles[name]] if request.action not in LISTS}
        assert wanted, f"{name} asked for nothing"
        refused = [
            request
            for request in wanted
            if not granted(stack.statements(stack.roles[name]), request)
        ]
        assert refused == [], f"{name} of {stack.stack_name} may not do what it does"
        assert _allowed_by(other, wanted) == [], f"{other.stack_name} may do the same to it"
        checked += len(wanted)
    return checked


def _allowed_by(stack: Chain, wanted: set[Permission]) -> list[tuple[str, Permission]]:
    statements = {role: stack.statements(role) for role in stack.roles.values()}
    return [
        (role, permission)
        for permission in wanted
        for role, allowed in statements.items()
        if granted(allowed, permission)
    ]
