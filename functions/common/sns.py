"""SNS gateway: notifies the people who subscribed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import boto3

from common.printable import printable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

# How long the lock on a notification lasts: enough to write the status and publish, and expired
# before Lambda's first retry, a minute later, takes over from an invocation that died.
NOTIFY_SECONDS = 30

# SNS refuses a longer subject, and any line break or control character in it:
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SUBJECT_CHARACTERS = 100

# SNS takes 256 KB: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MESSAGE_BYTES = 200_000
CUT = "… (truncated: the message is too long; the status and the files it names have all of it)"


@cache
def sns_client() -> SNSClient:
    """One client per process."""
    return boto3.client("sns")


class Topic:
    """The stack's notification topic."""

    def __init__(self, arn: str, client: SNSClient | None = None) -> None:
        self._arn = arn
        self._client = client or sns_client()

    def publish(self, subject: str, *lines: str) -> None:
        """Publish a message of these lines.

        Control characters are shown as numbers, so no name can add a line of its own.
        """
        self._client.publish(
            TopicArn=self._arn, Subject=as_subject(subject), Message=as_message(lines)
        )


def as_subject(text: str) -> str:
    """Turn any text into a subject that SNS accepts: at most 100 printable ASCII characters."""
    printable = "".join(c if " " <= c <= "~" else "?" for c in " ".join(text.split()))
    return printable[:SUBJECT_CHARACTERS].strip() or "droptrain"


def as_message(lines: Sequence[str]) -> str:
    """Join the lines to a message that SNS accepts."""
    message = "\n".join(printable(line) for line in lines)
    body = message.encode()
    if len(body) <= MESSAGE_BYTES:
        return message
    return f"{body[:MESSAGE_BYTES].decode(errors='ignore')}{CUT}"
