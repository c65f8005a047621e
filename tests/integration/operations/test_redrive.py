"""Events that were given up are shown, and sent again once a person says so."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from operations.errors import OperationError
from operations.plots import draw_again
from operations.redrive import redrive
from operations.stack import DeployedStack
from tests.integration.operations.conftest import Demo

ARN = "arn:aws:lambda:us-east-1:123456789012:function:plot"
RUN = "1a2b3c4d-5e6f7a8b-9c0d1e2f-1"


class FakeLambda:
    """Lambda's answers, and what it was asked to do."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, dict[str, Any]]] = []
        self.answer: dict[str, Any] = {"outcome": "sent"}
        self.error: dict[str, str] = {}

    def invoke(self, FunctionName: str, Payload: str, **_: str) -> dict[str, Any]:  # noqa: N803
        self.invoked.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **self.error}


@pytest.fixture
def functions(demo: Demo) -> FakeLambda:
    demo.clients.functions = FakeLambda()
    return demo.clients.functions


def give_up(demo: Demo, number: int, reason: str = "SlowDown") -> None:
    body = {
        "requestContext": {"functionArn": f"{ARN}:$LATEST", "condition": "RetriesExhausted"},
        "requestPayload": {"number": number},
        "responsePayload": {"errorMessage": reason},
    }
    send(demo, "FailureQueue", json.dumps(body))


def send(demo: Demo, queue: str, body: str) -> None:
    demo.clients.sqs.send_message(QueueUrl=demo.stack.resources[queue], MessageBody=body)


def left(demo: Demo) -> int:
    answer = demo.clients.sqs.get_queue_attributes(
        QueueUrl=demo.stack.resources["FailureQueue"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_each_event_goes_to_its_function_and_leaves_the_queue(demo: Demo, functions: FakeLambda):
    for number in range(12):
        give_up(demo, number)

    assert redrive(demo.terminal(assume_yes=True), demo.clients, demo.stack, dry_run=False)

    assert sorted(payload["number"] for _, payload in functions.invoked) == list(range(12))
    assert {name for name, _ in functions.invoked} == {ARN}
    assert left(demo) == 0
    assert "12 x plot: RetriesExhausted: SlowDown" in demo.text


@pytest.mark.parametrize("dry_run", [True, False])
def test_without_a_yes_everything_stays_and_can_be_seen_at_once(
    demo: Demo, functions: FakeLambda, dry_run: bool
):
    give_up(demo, 1)
    terminal = demo.terminal(assume_yes=dry_run)
    terminal.console.input = lambda *_, **__: "n"  # type: ignore[method-assign]

    assert not redrive(terminal, demo.clients, demo.stack, dry_run=dry_run)

    assert functions.invoked == []
    assert left(demo) == 1
    assert "Nothing was sent." in demo.text


def test_a_message_of_an_unknown_shape_stays(demo: Demo, functions: FakeLambda):
    give_up(demo, 1)
    send(demo, "FailureQueue", "hello")

    assert not redrive(demo.terminal(assume_yes=True), demo.clients, demo.stack, dry_run=False)

    assert len(functions.invoked) == 1
    assert left(demo) == 1
    assert "1 of an unknown shape" in demo.text


def test_notifications_of_uploads_are_moved_by_sqs(
    demo: Demo, functions: FakeLambda, monkeypatch: pytest.MonkeyPatch
):
    send(demo, "DropDeadLetterQueue", "{}")
    moved: list[str] = []
    monkeypatch.setattr(
        demo.clients.sqs,
        "start_message_move_task",
        lambda **request: moved.append(request["SourceArn"]),
    )

    assert redrive(demo.terminal(assume_yes=True), demo.clients, demo.stack, dry_run=False)

    [arn] = moved
    assert arn.rpartition(":")[2] in demo.stack.resources["DropDeadLetterQueue"]
    assert functions.invoked == []


def test_empty_queues_need_no_answer(demo: Demo, functions: FakeLambda):
    assert redrive(demo.terminal(), demo.clients, demo.stack, dry_run=False)
    assert "Both queues are empty" in demo.text


def with_watch(stack: DeployedStack) -> DeployedStack:
    resources = {**stack.resources, "WatchFunction": "demo-watch"}
    return DeployedStack(**{**vars(stack), "resources": resources})


def test_a_run_is_drawn_again_by_the_watch(demo: Demo, functions: FakeLambda):
    draw_again(demo.terminal(), demo.clients, with_watch(demo.stack), RUN)

    event = {"source": "droptrain.watch", "kind": "job", "run": RUN, "draw_again": True}
    assert functions.invoked == [("demo-watch", event)]
    assert f"s3://{demo.bucket}/runs/{RUN}/" in demo.text


@pytest.mark.parametrize(
    ("outcome", "words"), [("no job", "no training job"), ("running", "still running")]
)
def test_a_run_that_cannot_be_drawn_is_explained(
    demo: Demo, functions: FakeLambda, outcome: str, words: str
):
    functions.answer = {"outcome": outcome}

    with pytest.raises(OperationError, match=f"{words}.*{RUN}|{RUN}.*{words}"):
        draw_again(demo.terminal(), demo.clients, with_watch(demo.stack), RUN)


def test_a_watch_that_fails_says_why(demo: Demo, functions: FakeLambda):
    functions.answer = {"errorMessage": "AccessDenied"}
    functions.error = {"FunctionError": "Unhandled"}

    with pytest.raises(OperationError, match="AccessDenied"):
        draw_again(demo.terminal(), demo.clients, with_watch(demo.stack), RUN)


def test_a_stack_of_an_earlier_version_has_to_be_deployed_again(demo: Demo):
    with pytest.raises(OperationError, match="droptrain deploy"):
        draw_again(demo.terminal(), demo.clients, demo.stack, RUN)
