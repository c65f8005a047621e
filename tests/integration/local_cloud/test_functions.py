"""Functions: what they see, how they fail, and where their outcome goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import FunctionEnded
from local_cloud.cloud.server import LocalCloud
from tests.integration.local_cloud.conftest import TOY, ended
from tests.support.waiting import wait_until


@pytest.fixture
def split(cloud: LocalCloud, stack: Stack) -> Callable[..., Any]:
    def call(**event: Any) -> Any:
        function = stack.resources["Split"]
        return cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))

    return call


def answer_of(response: Any) -> Any:
    return json.loads(response["Payload"].read())


def test_a_function_sees_its_template_and_its_role_alone(
    split: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DESK", "1")
    answer = answer_of(split())
    assert answer["greeting"] == "hi"
    assert {"AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "BUCKET"} <= set(answer["variables"])
    assert "SECRET_OF_THE_DESK" not in answer["variables"]


def test_a_function_cannot_import_the_project(split: Callable[..., Any], cloud: LocalCloud) -> None:
    answer = answer_of(split())
    assert answer["importable"] == []
    assert str(Path(TOY).parent / "handlers") not in answer["path"]
    assert answer["path"][0].startswith(str(cloud.workdir / "code"))


def test_the_context_is_real(split: Callable[..., Any]) -> None:
    answer = answer_of(split())
    assert len(answer["request_id"]) == 36
    assert 0 < answer["milliseconds_left"] <= 300_000  # the template's Timeout


def test_a_process_is_used_again(split: Callable[..., Any]) -> None:
    assert answer_of(split())["process"] == answer_of(split())["process"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_functions_are_started_before_their_first_event(cloud: LocalCloud, stack: Stack) -> None:
    cloud.refresh()  # ends the processes that other tests called
    name = stack.resources["Split"]
    assert f"AWS_LAMBDA_FUNCTION_NAME={name}" in environments()


def environments() -> str:
    """Return the environments of all processes that this one may read."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append((process / "environ").read_bytes().replace(b"\0", b"\n").decode())
        except OSError:
            continue  # it has ended, or is another user's
    return "".join(found)


def test_an_error_is_reported_and_the_process_lives_on(split: Callable[..., Any]) -> None:
    before = answer_of(split())["process"]
    failed = split(fail=True)
    assert failed["FunctionError"] == "Unhandled"
    assert answer_of(failed)["errorType"] == "ValueError"
    assert answer_of(split())["process"] == before


def test_a_process_that_dies_is_replaced(split: Callable[..., Any]) -> None:
    died = split(die=True)
    assert answer_of(died)["errorType"] == "Runtime.ExitError"
    assert answer_of(split())["status"] == "ready"


def test_a_function_that_hangs_is_killed_at_its_timeout(
    cloud: LocalCloud, stack: Stack, split: Callable[..., Any], tmp_path: Path
) -> None:
    functions = cloud.client("lambda")
    functions.update_function_configuration(FunctionName=stack.resources["Split"], Timeout=1)
    cloud.refresh()
    try:
        hung = answer_of(split(hang=str(tmp_path / "busy")))
        assert hung["errorType"] == "Sandbox.Timedout"
        assert "Task timed out after 1.00 seconds" in hung["errorMessage"]
    finally:
        functions.update_function_configuration(FunctionName=stack.resources["Split"], Timeout=300)
        cloud.refresh()


def test_output_goes_to_the_functions_log(
    cloud: LocalCloud, stack: Stack, split: Callable[..., Any]
) -> None:
    split()
    log = (cloud.workdir / "logs" / f"{stack.resources['Split']}.log").read_text()
    assert "START RequestId" in log
    assert "split speaks" in log


def test_output_goes_to_the_log_group_of_the_template(
    split: Callable[..., Any], cloud: LocalCloud, stack: Stack
) -> None:
    request = answer_of(split())["request_id"]
    logs = cloud.client("logs")

    def messages_to_the_report() -> list[str]:
        events = logs.filter_log_events(logGroupName=stack.resources["SplitLogGroup"])["events"]
        texts = [event["message"] for event in events if request in event["message"]]
        return texts if any("REPORT" in text for text in texts) else []

    messages = wait_until(messages_to_the_report)
    assert [message.split()[0] for message in messages] == ["START", "END", "REPORT"]
    assert "\tMemory Size: 128 MB" in messages[-1]


def test_an_unknown_function_is_not_found(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.client("lambda").invoke(FunctionName="nobody", Payload=b"{}")


def test_a_failed_event_is_retried_and_sent_to_the_failure_destination(
    cloud: LocalCloud, stack: Stack, messages: Callable[..., list[Any]]
) -> None:
    cloud.client("lambda").invoke(
        FunctionName=stack.resources["Split"],
        InvocationType="Event",
        Payload=json.dumps({"fail": True, "mark": "retried"}),
    )
    [envelope] = messages(
        stack.outputs["FailureQueueUrl"],
        wanted=lambda body: body.get("requestPayload", {}).get("mark") == "retried",
    )
    envelope.pop("_attributes")
    assert envelope["requestPayload"] == {"fail": True, "mark": "retried"}
    assert envelope["requestContext"]["condition"] == "RetriesExhausted"
    assert envelope["requestContext"]["approximateInvokeCount"] == 2  # one retry, in the template
    assert envelope["responseContext"]["functionError"] == "Unhandled"
    assert envelope["responsePayload"]["errorMessage"] == "asked to fail"
    tries = [
        event
        for event in cloud.events
        if isinstance(event, FunctionEnded) and event.event.get("mark") == "retried"
    ]
    assert [event.status for event in tries] == ["error", "error"]


def test_a_success_goes_on_to_the_success_destination(cloud: LocalCloud, stack: Stack) -> None:
    name = stack.resources["Split"]
    payload = json.dumps({"keys": ["from the test"]})
    cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)

    def arrived(event: Any) -> bool:
        accept = ended(stack.resources["Launch"])
        return accept(event) and event.event["requestPayload"] == {"keys": ["from the test"]}

    envelope = cloud.wait_for(arrived).event
    assert envelope["requestContext"]["condition"] == "Success"
    assert envelope["requestContext"]["functionArn"].endswith(f":function:{name}:$LATEST")
    assert envelope["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert envelope["responsePayload"]["status"] == "ready"
