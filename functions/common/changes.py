"""Reads the changes under a prefix of the bucket from S3 notifications. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from common import clock, keys


@dataclass(frozen=True)
class Change:
    """One object was created or removed."""

    key: str
    created: bool
    at: datetime

    @property
    def is_ready_marker(self) -> bool:
        """Whether the user declares the drop complete with this change."""
        return self.created and self.key == keys.READY_MARKER


def read_changes(body: str) -> Iterator[Change]:
    """Read the changes of one S3 notification; the test event that S3 sends once has none.

    The message: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

    Raises:
        ValueError: the body isn't an S3 notification.
    """
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError(f"an S3 notification is an object, this is {type(message).__name__}")
    if message.get("Event") == "s3:TestEvent":
        return
    if "Records" not in message:
        raise ValueError("an S3 notification has Records, this message has none")
    for record in message["Records"]:
        yield _change(record)


def _change(record: dict[str, Any]) -> Change:
    try:
        return Change(
            # S3 writes a space as "+" and everything else that is special as %XX.
            key=unquote_plus(record["s3"]["object"]["key"]),
            created=record["eventName"].startswith("ObjectCreated:"),
            at=clock.from_text(record["eventTime"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"a record of an S3 notification lacks {error}") from error
