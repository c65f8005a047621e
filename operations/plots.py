"""`droptrain plots`: draws a run's results again, although they are there."""

from __future__ import annotations

import json
from collections.abc import Mapping

from operations.clients import AccountClients
from operations.errors import OperationError
from operations.stack import DeployedStack
from operations.terminal import Terminal

FUNCTION = "WatchFunction"
SOURCE = "droptrain.watch"
REFUSED: Mapping[str, str] = {
    "no job": "SageMaker knows no training job {run}. `droptrain status` lists the newest runs.",
    "running": "The training job {run} is still running. Its results are drawn when it ends.",
}


def draw_again(terminal: Terminal, clients: AccountClients, stack: DeployedStack, run: str) -> None:
    """Let the stack send the end of a job again, for plot to replace what it drew.

    Raises:
        OperationError: there is nothing to draw, or the stack can't do it.
    """
    if FUNCTION not in stack.resources:
        raise OperationError(
            f"{stack.name} was deployed by an earlier version, which can't draw a run again. "
            "Deploy it once more with `droptrain deploy`."
        )
    event = {"source": SOURCE, "kind": "job", "run": run, "draw_again": True}
    answer = clients.functions.invoke(
        FunctionName=stack.resources[FUNCTION], Payload=json.dumps(event)
    )
    body = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperationError(f"The stack's watch failed: {body.get('errorMessage', body)}")
    if refusal := REFUSED.get(body["outcome"]):
        raise OperationError(refusal.format(run=run))
    terminal.say(f"The results of {run} are being drawn again; that takes about a minute.")
    terminal.command(f"aws s3 sync s3://{stack.bucket}/runs/{run}/ ./{run} --region {stack.region}")
