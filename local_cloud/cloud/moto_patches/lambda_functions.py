"""Gives Lambda functions their properties, code and invocations, without moto's Docker."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, LayerVersion
from moto.sqs.models import sqs_backends

from local_cloud.cloud.arns import ARTIFACTS_BUCKET
from local_cloud.cloud.moto_patches.hooks import Json, is_connected, runtime

VALID_SECONDS = 600  # as on AWS


def install() -> None:
    """Patch the properties, the addresses of the code, and the invocation."""
    _keep_properties()
    _serve_code()
    _invoke_by_the_runtime()


def _keep_properties() -> None:
    """Keep what moto's CloudFormation drops: layers, processor, /tmp size, log group."""
    LayerVersion.physical_resource_id = property(lambda self: self.arn)  # Ref of a layer

    create = LambdaFunction.create_from_cloudformation_json.__func__

    def create_function(cls: Any, name: str, resource: Any, *args: Any, **kwargs: Any) -> Any:
        function = create(cls, name, resource, *args, **kwargs)
        properties = resource["Properties"]
        function.update_configuration({"Layers": properties.get("Layers", [])})
        function.architectures = properties.get("Architectures", ["x86_64"])
        function.ephemeral_storage = int(properties.get("EphemeralStorage", {}).get("Size", 512))
        function.log_group = properties.get("LoggingConfig", {}).get("LogGroup")
        return function

    get_configuration = LambdaFunction.get_configuration

    def configuration(self: Any, on_create: bool = False) -> Json:
        answer: Json = get_configuration(self, on_create)
        group = getattr(self, "log_group", None) or f"/aws/lambda/{self.function_name}"
        answer["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": group}
        return answer

    LambdaFunction.get_configuration = configuration
    LambdaFunction.create_from_cloudformation_json = classmethod(create_function)


def _serve_code() -> None:
    """Let `Location` of GetFunction and GetLayerVersion be an address that answers.

    It stays valid after the deployed archive is deleted: Lambda too keeps a copy of its own.
    """
    get_code, get_layer_version = LambdaFunction.get_code, LayerVersion.get_layer_version

    def function_code(self: Any) -> Json:
        answer: Json = get_code(self)
        if self.package_type == "Zip" and is_connected():
            answer.setdefault("Code", {"RepositoryType": "S3"})["Location"] = _location(self)
        return answer

    def layer_version(self: Any) -> Json:
        answer: Json = get_layer_version(self)
        if is_connected():
            answer["Content"]["Location"] = _location(self)
        return answer

    LambdaFunction.get_code = function_code
    LayerVersion.get_layer_version = layer_version


def _location(package: Any) -> str:
    """Put an archive into the artifacts bucket, once, under its SHA-256; return its address.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
    """
    digest = base64.b64decode(package.code_sha_256).hex()
    s3 = runtime().client("s3")
    if not s3.list_objects_v2(Bucket=ARTIFACTS_BUCKET, Prefix=digest)["KeyCount"]:
        s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=digest, Body=package.code_bytes)
    where = {"Bucket": ARTIFACTS_BUCKET, "Key": digest}
    location: str = s3.generate_presigned_url("get_object", where, VALID_SECONDS)
    return location


def _invoke_by_the_runtime() -> None:
    """Pass invocations to the runtime, and stop moto from feeding queues to functions itself."""
    LambdaBackend.invoke = _invoke

    create = LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(self: Any, spec: Any) -> Any:
        mapping = create(self, spec)
        # moto calls the function within SendMessage and loses the message.
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
    outcome = runtime().invoke(function_name, payload, "invoke")
    if outcome.status != "ok":
        response_headers["x-amz-function-error"] = "Unhandled"
    answer = json.dumps(outcome.answer).encode()
    response_headers["Content-Length"] = str(len(answer))
    return answer
