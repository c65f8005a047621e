"""Hand invocations to the runtime, and stop moto from feeding queues to functions itself."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.sqs.models import sqs_backends

from local_cloud.cloud.moto_patches.hooks import runtime


def install() -> None:
    """Replace moto's Docker: it would report an error, or echo the payload as success."""
    LambdaBackend.invoke = _invoke

    create = LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(self: Any, spec: Any) -> Any:
        mapping = create(self, spec)
        # moto calls the function within SendMessage and deletes or burns the message.
        for queue in sqs_backends[self.account_id][self.region_name].queues.values():
            queue.lambda_event_source_mappings.clear()
        return mapping

    LambdaBackend.create_event_source_mapping = create_event_source_mapping


def _invoke(
    self: Any,
    function_name: str,
    qualifier: str | None,
    body: Any,
    headers: Any,
    response_headers: Any,
) -> bytes:
    self.get_function(function_name, qualifier)  # raises moto's ResourceNotFoundException
    payload = body if isinstance(body, bytes) else (body or "{}").encode()
    if headers.get("X-Amz-Invocation-Type") == "Event":
        runtime().invoke_later(function_name, payload)
        return b""
    answer = runtime().invoke(function_name, payload)
    if answer.failed:
        response_headers["x-amz-function-error"] = "Unhandled"
    response_headers["Content-Length"] = str(len(answer.payload))
    return answer.payload
