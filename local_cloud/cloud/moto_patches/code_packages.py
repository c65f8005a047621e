"""Give a function's and a layer's code a place to be downloaded from, as AWS does."""

from __future__ import annotations

import base64
from typing import Any

from moto.awslambda.models import LambdaFunction, LayerVersion

from local_cloud.cloud.arns import ARTIFACTS_BUCKET
from local_cloud.cloud.moto_patches.hooks import Json, is_connected, runtime

VALID_SECONDS = 600  # as long as AWS's


def install() -> None:
    """Let `Location` of GetFunction and GetLayerVersion be an address that answers.

    It stays when the archive that was deployed is gone: Lambda too keeps a copy of its own.
    """
    get_code, get_layer_version = LambdaFunction.get_code, LayerVersion.get_layer_version

    def function_code(self: Any) -> Json:
        answer: Json = get_code(self)
        if self.package_type == "Zip" and is_connected():
            answer.setdefault("Code", {"RepositoryType": "S3"})["Location"] = _stored(self)
        return answer

    def layer_version(self: Any) -> Json:
        answer: Json = get_layer_version(self)
        if is_connected():
            answer["Content"]["Location"] = _stored(self)
        return answer

    LambdaFunction.get_code = function_code
    LayerVersion.get_layer_version = layer_version


def _stored(package: Any) -> str:
    """Put an archive into the artifacts bucket, once, under its SHA-256; return its address.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
    """
    digest = base64.b64decode(package.code_sha_256).hex()
    s3 = runtime().client("s3")
    held = s3.list_objects_v2(Bucket=ARTIFACTS_BUCKET, Prefix=digest)["KeyCount"]
    if not held:
        s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=digest, Body=package.code_bytes)
    where = {"Bucket": ARTIFACTS_BUCKET, "Key": digest}
    location: str = s3.generate_presigned_url("get_object", where, VALID_SECONDS)
    return location
