"""Applies the bucket properties of a template that moto's CloudFormation drops."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.s3.models import FakeBucket

from local_cloud.cloud import resource_policies
from local_cloud.cloud.moto_patches.hooks import Json, is_connected, runtime


def install() -> None:
    """Apply the properties after a bucket is created and after it is updated."""
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        original = getattr(FakeBucket, name).__func__
        setattr(FakeBucket, name, classmethod(_applying(original)))


def _applying(method: Any) -> Any:
    def call(cls: Any, *args: Any, **kwargs: Any) -> Any:
        bucket = method(cls, *args, **kwargs)
        resource = kwargs["cloudformation_json"] if "cloudformation_json" in kwargs else args[1]
        if is_connected():
            _apply(bucket.name, resource.get("Properties", {}))
        return bucket

    return call


def _apply(bucket: str, properties: Json) -> None:
    """Set versioning, public access block, lifecycle rules and notifications of a bucket."""
    s3 = runtime().client("s3")
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioning)
    if block := properties.get("PublicAccessBlockConfiguration"):
        flags = {name: _flag(value) for name, value in block.items()}
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=flags)
    if ownership := properties.get("OwnershipControls"):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ownership)
    if lifecycle := properties.get("LifecycleConfiguration"):
        rules = [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": rules}
        )
    if notification := properties.get("NotificationConfiguration"):
        _require_permission(bucket, notification)
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=_notifications(notification)
        )


def _require_permission(bucket: str, properties: Json) -> None:
    """Refuse a notification to a queue whose policy does not, or not yet, let S3 send."""
    source, s3 = f"arn:aws:s3:::{bucket}", resource_policies.S3
    for configuration in properties.get("QueueConfigurations", []):
        queue = configuration["Queue"]
        if not resource_policies.may_send(runtime().client, queue, s3, source):
            raise ValidationError(
                message="Unable to validate the following destination configurations: "
                f"{queue} does not allow {s3} to send to it"
            )


def _notifications(properties: Json) -> Json:
    """Translate CloudFormation's words to the API's: one `Event` each, `S3Key.Rules`."""
    request: Json = {}
    if "EventBridgeConfiguration" in properties:
        request["EventBridgeConfiguration"] = {}
    for configuration in properties.get("QueueConfigurations", []):
        queue: Json = {"QueueArn": configuration["Queue"], "Events": [configuration["Event"]]}
        if "Filter" in configuration:
            queue["Filter"] = {"Key": {"FilterRules": configuration["Filter"]["S3Key"]["Rules"]}}
        request.setdefault("QueueConfigurations", []).append(queue)
    return request


def _flag(value: bool | str) -> bool:
    """Return a flag of a template as CloudFormation reads it: JSON's true, or the word."""
    return value if isinstance(value, bool) else value.lower() == "true"


def _lifecycle_rule(properties: Json) -> Json:
    prefix = properties.get("Prefix", "")
    rule: Json = {"Status": properties["Status"], "Filter": {"Prefix": prefix}}
    if "Id" in properties:
        rule["ID"] = properties["Id"]
    if "ExpirationInDays" in properties:
        rule["Expiration"] = {"Days": int(properties["ExpirationInDays"])}
    elif "ExpiredObjectDeleteMarker" in properties:
        marker = _flag(properties["ExpiredObjectDeleteMarker"])
        rule["Expiration"] = {"ExpiredObjectDeleteMarker": marker}
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in properties:
            rule[name] = {key: int(value) for key, value in properties[name].items()}
    return rule
