"""Finding a stack by its name, and saying so when there is none."""

from __future__ import annotations

import pytest

from operations.stack import StackNotFoundError, find_stack
from tests.integration.operations.conftest import Demo
from tests.support.aws import REGION
from tests.support.command_line import main


def test_a_stack_is_found_with_what_it_made(demo: Demo):
    assert demo.stack.name == "demo"
    assert demo.stack.region == REGION
    assert demo.stack.outputs == {"BucketName": demo.bucket}
    assert set(demo.stack.resources) == {"Bucket", "FailureQueue", "DropDeadLetterQueue", "Topic"}


def test_a_missing_stack_is_an_error(demo: Demo):
    with pytest.raises(StackNotFoundError, match=f"no stack demo-2 in {REGION}"):
        find_stack(demo.clients, "demo-2")


def test_a_deleted_stack_is_missing_by_name_and_found_by_arn(demo: Demo):
    demo.clients.cloudformation.delete_stack(StackName="demo")

    with pytest.raises(StackNotFoundError):
        find_stack(demo.clients, "demo")
    assert find_stack(demo.clients, demo.stack.arn).status == "DELETE_COMPLETE"


def test_a_command_ends_with_one_sentence(demo: Demo, capfd: pytest.CaptureFixture[str]):
    assert main(["status", "--stack", "elsewhere"]) == 1

    [sentence] = [line for line in capfd.readouterr().err.splitlines() if "error" in line]
    assert sentence == (
        f"error: There is no stack elsewhere in {REGION}. Deploy it with `droptrain deploy`, or "
        "choose another with --stack and --region."
    )


def test_without_credentials_it_says_how_to_sign_in(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert main(["status", "--stack", "demo"]) == 1

    assert "error: No AWS credentials found. Sign in with" in capfd.readouterr().err


def test_without_a_region_it_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], demo: Demo
):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    assert main(["status", "--stack", "demo"]) == 1

    assert "No AWS region is set." in capfd.readouterr().err
