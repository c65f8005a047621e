"""`droptrain promote` and `droptrain rollback`: make a run's model the current one.

The stack's own function does it, so that the pages in the bucket name the same model at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from operations.clients import AccountClients
from operations.errors import OperationError
from operations.stack import DeployedStack
from operations.terminal import Terminal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FUNCTION = "PlotFunction"
SOURCE = "droptrain.model"
CURRENT_MODEL, MODEL_HISTORY = "models/current.json", "models/history.jsonl"


def promote(terminal: Terminal, clients: AccountClients, stack: DeployedStack, run: str) -> None:
    """Make the model of a run the current one.

    Raises:
        OperationError: the run has no model, or the stack can't do it.
    """
    _request(terminal, clients, stack, "promote", run)


def roll_back(terminal: Terminal, clients: AccountClients, stack: DeployedStack) -> None:
    """Make the previous model the current one again.

    The request names the run to go back to: one that is repeated because its answer was lost
    doesn't go back and forth.

    Raises:
        OperationError: there is no previous model, or the stack can't do it.
    """
    previous = _previous(clients.s3, stack.bucket) if stack.bucket else None
    if previous is None:
        raise OperationError(
            "There is no model to go back to. `droptrain promote RUN` chooses any run; "
            f"s3://{stack.bucket}/runs/index.html lists them."
        )
    _request(terminal, clients, stack, "rollback", previous)


def _previous(s3: S3Client, bucket: str) -> str | None:
    try:
        body = s3.get_object(Bucket=bucket, Key=CURRENT_MODEL)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    previous: str | None = json.loads(body)["previous"]
    return previous


def _request(
    terminal: Terminal,
    clients: AccountClients,
    stack: DeployedStack,
    kind: Literal["promote", "rollback"],
    run: str,
) -> None:
    if FUNCTION not in stack.resources:
        raise OperationError(f"{stack.name} has no {FUNCTION}: it isn't completely deployed.")
    event = {"source": SOURCE, "kind": kind, "run": run}
    answer = clients.functions.invoke(
        FunctionName=stack.resources[FUNCTION], Payload=json.dumps(event)
    )
    body = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperationError(
            f"The stack's plot function failed: {body.get('errorMessage', body)} A stack of an "
            "earlier version can't do this: deploy it once more with `droptrain deploy`."
        )
    if body["outcome"] == "refused":
        raise OperationError(body["sentence"])
    terminal.say(body["sentence"])
    if body["outcome"] == "changed":
        terminal.say("Predictions that were made before keep the run that made them. Every change:")
        terminal.command(f"aws s3 cp s3://{stack.bucket}/{MODEL_HISTORY} - --region {stack.region}")
