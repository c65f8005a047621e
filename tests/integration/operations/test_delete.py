"""Deleting a stack: what goes, what stays, and emptying a versioned bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from operations import deletion
from operations.bucket import BucketContents, delete_versions, read_contents, remove
from operations.delete import delete
from operations.errors import OperationError
from operations.stack import find_stack, find_stack_if_any
from tests.integration.operations.conftest import Demo, set_job_status
from tests.support.command_line import main


def fill(demo: Demo) -> None:
    """Leave two objects, an older version of one, and a third that was deleted."""
    for key in ("raw/oil/1.png", "raw/oil/1.png", "raw/good/1.png", "raw/good/2.png"):
        demo.put(key)
    demo.clients.s3.delete_object(Bucket=demo.bucket, Key="raw/good/2.png")


def test_every_version_is_counted_as_it_is_billed(demo: Demo):
    fill(demo)

    # Four versions of four bytes each, and a delete marker.
    assert read_contents(demo.clients.s3, demo.bucket) == BucketContents(
        objects=2, versions=5, size=16
    )


def test_a_missing_bucket_has_no_contents(demo: Demo):
    assert read_contents(demo.clients.s3, "no-such-bucket") is None


def test_versions_are_deleted_in_batches(demo: Demo, monkeypatch: pytest.MonkeyPatch):
    fill(demo)
    demo.put("raw/oil/1.png")
    monkeypatch.setattr("operations.bucket.DELETED_AT_ONCE", 2)

    assert delete_versions(demo.clients.s3, demo.bucket, "raw/oil/1.png") == 3

    assert read_contents(demo.clients.s3, demo.bucket) == BucketContents(1, 3, 8)


def test_a_bucket_is_removed_with_its_versions_and_markers(demo: Demo):
    fill(demo)
    counts: list[int] = []

    remove(demo.clients.s3, demo.bucket, counts.append)

    assert sum(counts) == 5
    assert read_contents(demo.clients.s3, demo.bucket) is None


def test_objects_that_s3_keeps_are_an_error(demo: Demo, monkeypatch: pytest.MonkeyPatch):
    fill(demo)
    kept = {"Errors": [{"Key": "raw/oil/1.png", "Message": "Access Denied"}]}
    monkeypatch.setattr(demo.clients.s3, "delete_objects", lambda **_: kept)

    with pytest.raises(OperationError, match=r"raw/oil/1\.png: Access Denied"):
        remove(demo.clients.s3, demo.bucket)


def test_the_bucket_outlives_its_stack_and_the_command_to_delete_it_is_printed(
    demo: Demo, answers: Callable[..., None]
):
    fill(demo)
    answers("demo")

    assert delete(demo.terminal(), demo.clients, demo.stack, with_bucket=False)

    assert find_stack_if_any(demo.clients, "demo") is None
    assert f"The bucket {demo.bucket}: 2 objects, 5 versions and delete markers" in demo.text
    assert f"droptrain delete --bucket {demo.bucket} --region us-east-1" in demo.text
    assert f"--log-stream-name-prefix {demo.stack.job_prefix} " in demo.text


def test_a_wrong_name_deletes_nothing(demo: Demo, answers: Callable[..., None]):
    answers("demo-2")

    assert not delete(demo.terminal(), demo.clients, demo.stack, with_bucket=True)

    assert find_stack(demo.clients, "demo").status == "CREATE_COMPLETE"


def test_the_bucket_goes_too_when_asked_for_and_named(demo: Demo, answers: Callable[..., None]):
    fill(demo)
    answers("demo", demo.bucket)

    delete(demo.terminal(), demo.clients, demo.stack, with_bucket=True)

    assert read_contents(demo.clients.s3, demo.bucket) is None
    assert f"The bucket {demo.bucket}:" not in demo.text


def test_the_bucket_stays_when_its_name_is_not_typed(demo: Demo, answers: Callable[..., None]):
    fill(demo)
    answers("demo", "demo")

    delete(demo.terminal(), demo.clients, demo.stack, with_bucket=True)

    assert read_contents(demo.clients.s3, demo.bucket) == BucketContents(2, 5, 16)
    assert f"The bucket {demo.bucket}: 2 objects" in demo.text


def test_what_could_not_be_deleted_is_named_with_its_reason(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
):
    """Moto deletes whatever it is asked to; these are the events of a bucket in the way."""
    events = [("1", "demo", "DELETE_FAILED", "of the time before")]
    monkeypatch.setattr(deletion, "_events", lambda *_: list(events))
    failed = replace(demo.stack, status="DELETE_FAILED")
    monkeypatch.setattr(deletion, "find_stack", lambda *_: failed)

    def sleep(_: float) -> None:
        events.append(("2", "Bucket", "DELETE_FAILED", "The bucket is not empty."))
        events.append(("3", "demo", "DELETE_FAILED", "[Bucket] failed to delete."))

    monkeypatch.setattr("operations.deletion.time.sleep", sleep)

    with pytest.raises(OperationError, match=r"Bucket: The bucket is not empty\.") as caught:
        deletion.delete_stack(demo.terminal(), demo.clients, failed)
    assert "of the time before" not in str(caught.value)


def test_a_running_job_keeps_the_stack_unless_it_is_stopped(
    demo: Demo, answers: Callable[..., None]
):
    demo.start_job(f"{demo.stack.job_prefix}aaaa-1")
    answers("demo", "n")

    with pytest.raises(OperationError, match="Nothing was deleted"):
        delete(demo.terminal(), demo.clients, demo.stack, with_bucket=False)

    assert find_stack(demo.clients, "demo").status == "CREATE_COMPLETE"


def test_a_running_job_is_stopped_before_its_role_goes(demo: Demo, monkeypatch: pytest.MonkeyPatch):
    name = f"{demo.stack.job_prefix}aaaa-1"
    demo.start_job(name)
    stopped: list[bool] = []

    def stop(**request: str) -> None:
        stopped.append(find_stack_if_any(demo.clients, "demo") is not None)
        set_job_status(request["TrainingJobName"], "Stopped")

    monkeypatch.setattr(demo.clients.sagemaker, "stop_training_job", stop)

    delete(demo.terminal(assume_yes=True), demo.clients, demo.stack, with_bucket=False)

    assert stopped == [True]
    assert f"{name}: Stopped." in demo.text


def test_other_stacks_jobs_are_left_alone(demo: Demo):
    demo.start_job(f"x-{demo.stack.job_prefix}aaaa-1")

    delete(demo.terminal(assume_yes=True), demo.clients, demo.stack, with_bucket=False)

    assert "is running" not in demo.text


def test_a_bucket_that_stayed_is_removed_by_its_name(demo: Demo):
    fill(demo)
    demo.clients.cloudformation.delete_stack(StackName="demo")

    assert main(["delete", "--bucket", demo.bucket, "--yes"]) == 0

    with pytest.raises(ClientError):
        demo.clients.s3.head_bucket(Bucket=demo.bucket)
