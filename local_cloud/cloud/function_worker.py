"""The Python runtime of a function's process: take an event, call the handler, answer.

It runs as a script with `-P` and `-S`: the function can import its own zip, its layers and boto3,
but neither this folder, nor the project, nor the packages installed here.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any


class Context:
    """Lambda's description of an invocation for its handler.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    client_context = None
    identity = None

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["id"]
        self.invoked_function_arn: str = request["arn"]
        self._deadline: float = request["deadline"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left for the invocation."""
        return max(0, int((self._deadline - time.time()) * 1000))


def describe(error: BaseException, kind: str | None = None) -> dict[str, Any]:
    """Return an error as Lambda reports it to the caller."""
    return {
        "errorMessage": str(error),
        "errorType": kind or type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def load_handler() -> Any:
    """Import the function that `_HANDLER` names: a module path, a dot, a name."""
    module, name = os.environ["_HANDLER"].rsplit(".", 1)
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def answer(handler: Any, request: dict[str, Any]) -> str:
    """Call the handler; return the reply as JSON text."""
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:
        traceback.print_exc()
        return json.dumps({"error": describe(error)})
    try:
        return json.dumps({"answer": result})
    except (TypeError, ValueError) as error:
        return json.dumps({"error": describe(error, "Runtime.MarshalError")})


def main() -> None:
    """Serve requests until the other end of the connection closes."""
    connection: Connection = Connection(int(sys.argv[1]))
    handler: Any = None
    failure: dict[str, Any] = {}
    try:
        handler = load_handler()
    except Exception as error:
        traceback.print_exc()
        module = os.environ["_HANDLER"].rpartition(".")[0]
        failure = describe(error, "Runtime.ImportModuleError")
        failure["errorMessage"] = f"Unable to import module '{module}': {error}"
    connection.send_bytes(b"{}")  # ready: from now on time counts
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except EOFError:
            return
        if handler is None:
            connection.send_bytes(json.dumps({"error": failure, "exits": True}).encode())
            sys.exit(1)
        reply = answer(handler, request).encode()
        sys.stdout.flush()  # the log is complete before the caller may look at it
        sys.stderr.flush()
        connection.send_bytes(reply)


if __name__ == "__main__":
    main()
