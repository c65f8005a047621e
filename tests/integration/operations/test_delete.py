"""Deleting a stack: what goes, what stays, and emptying a versioned bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from operations import deletion
from operations.bucket import Contents, empty, read_contents, remove
from operations.cli import main
from operations.delete import delete
from operations.errors import OperationError
from operations.stack import find_stack, find_stack_if_any
from tests.integration.operations.conftest import Desk, set_job_status


def fill(desk: Desk) -> None:
    """Leave two objects, an older version of one, and a third that was deleted."""
    for key in ("raw/oil/1.png", "raw/oil/1.png", "raw/good/1.png", "raw/good/2.png"):
        desk.put(key)
    desk.clients.s3.delete_object(Bucket=desk.bucket, Key="raw/good/2.png")


def test_every_version_is_counted_as_it_is_billed(desk: Desk):
    fill(desk)

    # Four versions of four bytes each, and a delete marker.
    assert read_contents(desk.clients.s3, desk.bucket) == Contents(objects=2, versions=5, size=16)


def test_a_bucket_that_is_not_there_has_no_contents(desk: Desk):
    assert read_contents(desk.clients.s3, "no-such-bucket") is None


def test_a_bucket_is_emptied_of_versions_and_markers_in_batches(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    fill(desk)
    monkeypatch.setattr("operations.bucket.DELETED_AT_ONCE", 2)
    batches: list[int] = []

    assert empty(desk.clients.s3, desk.bucket, batches.append) == 5

    assert batches == [2, 2, 1]
    assert read_contents(desk.clients.s3, desk.bucket) == Contents(0, 0, 0)


def test_a_full_bucket_is_removed(desk: Desk):
    fill(desk)

    remove(desk.clients.s3, desk.bucket)

    assert read_contents(desk.clients.s3, desk.bucket) is None


def test_what_s3_keeps_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    fill(desk)
    kept = {"Errors": [{"Key": "raw/oil/1.png", "Message": "Access Denied"}]}
    monkeypatch.setattr(desk.clients.s3, "delete_objects", lambda **_: kept)

    with pytest.raises(OperationError, match=r"raw/oil/1\.png: Access Denied"):
        remove(desk.clients.s3, desk.bucket)


def test_the_stack_goes_and_the_bucket_stays_with_the_way_to_remove_it(
    desk: Desk, answers: Callable[..., None]
):
    fill(desk)
    answers("demo")

    assert delete(desk.terminal(), desk.clients, desk.stack, with_bucket=False)

    assert find_stack_if_any(desk.clients, "demo") is None
    assert f"The bucket {desk.bucket}: 2 objects, 5 versions and delete markers" in desk.text
    assert f"make delete BUCKET={desk.bucket} REGION=us-east-1" in desk.text
    assert f"--log-stream-name-prefix {desk.stack.job_prefix} " in desk.text


def test_a_wrong_name_deletes_nothing(desk: Desk, answers: Callable[..., None]):
    answers("demo-2")

    assert not delete(desk.terminal(), desk.clients, desk.stack, with_bucket=True)

    assert find_stack(desk.clients, "demo").status == "CREATE_COMPLETE"


def test_the_bucket_goes_too_when_asked_for_and_named(desk: Desk, answers: Callable[..., None]):
    fill(desk)
    answers("demo", desk.bucket)

    delete(desk.terminal(), desk.clients, desk.stack, with_bucket=True)

    assert read_contents(desk.clients.s3, desk.bucket) is None
    assert f"The bucket {desk.bucket}:" not in desk.text


def test_the_bucket_stays_when_its_name_is_not_typed(desk: Desk, answers: Callable[..., None]):
    fill(desk)
    answers("demo", "demo")

    delete(desk.terminal(), desk.clients, desk.stack, with_bucket=True)

    assert read_contents(desk.clients.s3, desk.bucket) == Contents(2, 5, 16)
    assert f"The bucket {desk.bucket}: 2 objects" in desk.text


def test_what_could_not_be_deleted_is_named_with_its_reason(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """Moto deletes whatever it is asked to; these are the events of a bucket in the way."""
    events = [("1", "demo", "DELETE_FAILED", "of the time before")]
    monkeypatch.setattr(deletion, "_events", lambda *_: list(events))
    failed = replace(desk.stack, status="DELETE_FAILED")
    monkeypatch.setattr(deletion, "find_stack", lambda *_: failed)

    def sleep(_: float) -> None:
        events.append(("2", "Bucket", "DELETE_FAILED", "The bucket is not empty."))
        events.append(("3", "demo", "DELETE_FAILED", "[Bucket] failed to delete."))

    monkeypatch.setattr("operations.deletion.time.sleep", sleep)

    with pytest.raises(OperationError, match=r"Bucket: The bucket is not empty\.") as caught:
        deletion.delete_stack(desk.terminal(), desk.clients, failed)
    assert "of the time before" not in str(caught.value)


def test_a_running_job_keeps_the_stack_unless_it_is_stopped(
    desk: Desk, answers: Callable[..., None]
):
    desk.start_job(f"{desk.stack.job_prefix}aaaa-1")
    answers("demo", "n")

    with pytest.raises(OperationError, match="Nothing was deleted"):
        delete(desk.terminal(), desk.clients, desk.stack, with_bucket=False)

    assert find_stack(desk.clients, "demo").status == "CREATE_COMPLETE"


def test_a_running_job_is_stopped_before_its_role_goes(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    name = f"{desk.stack.job_prefix}aaaa-1"
    desk.start_job(name)
    stopped: list[bool] = []

    def stop(**request: str) -> None:
        stopped.append(find_stack_if_any(desk.clients, "demo") is not None)
        set_job_status(request["TrainingJobName"], "Stopped")

    monkeypatch.setattr(desk.clients.sagemaker, "stop_training_job", stop)

    delete(desk.terminal(assume_yes=True), desk.clients, desk.stack, with_bucket=False)

    assert stopped == [True]
    assert f"{name}: Stopped." in desk.text


def test_other_stacks_jobs_are_left_alone(desk: Desk):
    desk.start_job(f"x-{desk.stack.job_prefix}aaaa-1")

    delete(desk.terminal(assume_yes=True), desk.clients, desk.stack, with_bucket=False)

    assert "is running" not in desk.text


def test_a_bucket_that_stayed_is_removed_by_its_name(desk: Desk):
    fill(desk)
    desk.clients.cloudformation.delete_stack(StackName="demo")

    assert main(["delete", "--bucket", desk.bucket, "--yes"]) == 0

    with pytest.raises(ClientError):
        desk.clients.s3.head_bucket(Bucket=desk.bucket)
