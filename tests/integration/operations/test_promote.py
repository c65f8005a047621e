"""The commands that change the current model: what they ask the stack for, and what they print."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.errors import OperationError
from operations.promote import promote, roll_back
from operations.stack import DeployedStack
from tests.integration.operations.conftest import Demo
from tests.integration.operations.test_redrive import RUN, FakeLambda

CHANGED = {"outcome": "changed", "sentence": f"{RUN} is the current model now."}


@pytest.fixture
def functions(demo: Demo) -> FakeLambda:
    demo.clients.functions = FakeLambda()
    demo.clients.functions.answer = CHANGED
    return demo.clients.functions


def with_plot(stack: DeployedStack) -> DeployedStack:
    resources = {**stack.resources, "PlotFunction": "demo-plot"}
    return DeployedStack(**{**vars(stack), "resources": resources})


def put_current(demo: Demo, **document: Any) -> None:
    demo.put("models/current.json", json.dumps(document).encode())


def test_promoting_is_asked_of_the_stack(demo: Demo, functions: FakeLambda):
    promote(demo.terminal(), demo.clients, with_plot(demo.stack), RUN)

    event = {"source": "droptrain.model", "kind": "promote", "run": RUN}
    assert functions.invoked == [("demo-plot", event)]
    assert CHANGED["sentence"] in demo.text
    assert f"aws s3 cp s3://{demo.bucket}/models/history.jsonl -" in demo.text


def test_a_rollback_names_the_run_to_go_back_to(demo: Demo, functions: FakeLambda):
    put_current(demo, run="run-2", previous=RUN)

    roll_back(demo.terminal(), demo.clients, with_plot(demo.stack))

    event = {"source": "droptrain.model", "kind": "rollback", "run": RUN}
    assert functions.invoked == [("demo-plot", event)]


@pytest.mark.parametrize("current", [None, {"run": RUN, "previous": None}])
def test_without_a_previous_model_nothing_is_asked_for(
    demo: Demo, functions: FakeLambda, current: dict[str, Any] | None
):
    if current:
        put_current(demo, **current)

    with pytest.raises(OperationError, match="`droptrain promote RUN`"):
        roll_back(demo.terminal(), demo.clients, with_plot(demo.stack))
    assert functions.invoked == []


def test_what_changes_nothing_is_said(demo: Demo, functions: FakeLambda):
    functions.answer = {"outcome": "unchanged", "sentence": "It is the current model already."}

    promote(demo.terminal(), demo.clients, with_plot(demo.stack), RUN)

    assert demo.text == "It is the current model already.\n"


def test_a_refusal_is_an_error_with_the_remedy(demo: Demo, functions: FakeLambda):
    functions.answer = {"outcome": "refused", "sentence": "It failed. Choose another run."}

    with pytest.raises(OperationError, match=r"It failed\. Choose another run\."):
        promote(demo.terminal(), demo.clients, with_plot(demo.stack), RUN)


def test_a_function_that_fails_says_why(demo: Demo, functions: FakeLambda):
    functions.answer = {"errorMessage": "'detail'"}
    functions.error = {"FunctionError": "Unhandled"}

    with pytest.raises(OperationError, match=r"'detail'.*`droptrain deploy`"):
        promote(demo.terminal(), demo.clients, with_plot(demo.stack), RUN)


def test_a_stack_without_the_function_is_named(demo: Demo, functions: FakeLambda):
    with pytest.raises(OperationError, match="isn't completely deployed"):
        promote(demo.terminal(), demo.clients, demo.stack, RUN)
