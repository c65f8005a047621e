"""Sends the S3 notifications of AWS: its fields, its key encoding, and deletes."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any
from urllib.parse import quote_plus

from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend

from local_cloud.cloud.arns import ACCOUNT
from local_cloud.cloud.moto_patches.hooks import Json

EVENTS = notifications.S3NotificationEvent
_within = threading.local()


def install() -> None:
    """Replace the message, add the missing events, drop the extra one."""
    notifications._get_s3_event = _message
    _announce_deletes()
    _announce_a_multipart_upload_once()


def _message(event_name: str, bucket: Any, key: Any, configuration: str) -> Json:
    """Build the message of one event.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    now = dt.datetime.now(dt.UTC)
    name = str(event_name.value if isinstance(event_name, EVENTS) else event_name)
    entry: Json = {
        "key": quote_plus(key.name, safe="/*"),  # a slash stays a slash, a space becomes a plus
        "sequencer": f"{time.time_ns():018X}",
    }
    if "ObjectRemoved" not in name:
        entry |= {"size": key.size, "eTag": key.etag.strip('"')}
    elif isinstance(key, FakeDeleteMarker):
        entry["eTag"] = "d41d8cd98f00b204e9800998ecf8427e"  # S3's value for a delete marker
    if bucket.is_versioned:
        entry["versionId"] = str(key.version_id)
    source = {"bucket": {"name": bucket.name, "arn": bucket.arn}, "object": entry}
    source["bucket"]["ownerIdentity"] = {"principalId": ACCOUNT}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "eventName": name.removeprefix("s3:"),
        "userIdentity": {"principalId": f"AWS:{ACCOUNT}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": f"{time.time_ns():X}", "x-amz-id-2": "local"},
        "s3": {"s3SchemaVersion": "1.0", "configurationId": configuration, **source},
    }
    return {"Records": [record]}


def _announce_deletes() -> None:
    """Announce every delete: moto announces only that of an object's last version."""
    mark = S3Backend._set_delete_marker
    delete = S3Backend.delete_object

    def set_delete_marker(self: Any, bucket_name: str, key_name: str) -> Any:
        marker = mark(self, bucket_name, key_name)
        created = EVENTS.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(self.account_id, created, self.get_bucket(bucket_name), marker)
        return marker

    def delete_object(
        self: Any, bucket_name: str, key_name: str, version_id: str | None = None, **rest: Any
    ) -> Any:
        bucket = self.get_bucket(bucket_name)
        versions = bucket.keys.getlist(key_name, []) if version_id else []
        deleted = [key for key in versions if str(key.version_id) == str(version_id)]
        answer = delete(self, bucket_name, key_name, version_id=version_id, **rest)
        if deleted and bucket.keys.getlist(key_name, []):  # moto announces the last version
            removed = EVENTS.OBJECT_REMOVED_DELETE_EVENT
            notifications.send_event(self.account_id, removed, bucket, deleted[0])
        return answer

    S3Backend._set_delete_marker = set_delete_marker
    S3Backend.delete_object = delete_object


def _announce_a_multipart_upload_once() -> None:
    """Drop the ObjectCreated:Put that moto sends for a completed multipart upload."""
    complete = S3Backend.complete_multipart_upload
    send = notifications.send_event

    def complete_multipart_upload(self: Any, *args: Any, **kwargs: Any) -> Any:
        _within.multipart = True
        try:
            return complete(self, *args, **kwargs)
        finally:
            _within.multipart = False

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        if getattr(_within, "multipart", False) and event_name == EVENTS.OBJECT_CREATED_PUT_EVENT:
            return
        send(account_id, event_name, bucket, key)

    S3Backend.complete_multipart_upload = complete_multipart_upload
    notifications.send_event = send_event
