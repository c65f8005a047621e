"""SNS gateway: one sentence to the people who asked to be told."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

# How long a claim on telling people lasts: enough for a status and a publish, and over before
# Lambda's first retry, a minute later, takes over from an invocation that died.
NOTIFY_SECONDS = 30

# SNS refuses a longer subject, and any line break or control character in it:
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SUBJECT_CHARACTERS = 100
# SNS refuses more, the subject included; a reader is past caring long before.
MESSAGE_BYTES = 200_000
CUT = "\n[shortened]"


@cache
def sns_client() -> SNSClient:
    """One client per process."""
    return boto3.client("sns")


class Topic:
    """The stack's notification topic."""

    def __init__(self, arn: str, client: SNSClient | None = None) -> None:
        self._arn = arn
        self._client = client or sns_client()

    def publish(self, subject: str, message: str) -> None:
        """Publish `message`; subject and message are made fit for what SNS accepts."""
        self._client.publish(
            TopicArn=self._arn, Subject=as_subject(subject), Message=as_message(message)
        )


def as_subject(text: str) -> str:
    """Make a subject of printable ASCII, at most 100 characters, that SNS accepts."""
    printable = "".join(c if " " <= c <= "~" else "?" for c in " ".join(text.split()))
    return printable[:SUBJECT_CHARACTERS].strip() or "droptrain"


def as_message(text: str) -> str:
    """Shorten a message to what SNS accepts; what UTF-8 cannot express becomes a question mark."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MESSAGE_BYTES:
        return encoded.decode()
    return encoded[: MESSAGE_BYTES - len(CUT)].decode("utf-8", "ignore") + CUT
