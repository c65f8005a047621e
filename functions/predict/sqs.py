"""SQS gateway: puts messages back into the queue that predict answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import boto3

from predict.errors import NotSentAgainError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_PER_REQUEST = 10  # SQS's limit


@cache
def sqs_client() -> SQSClient:
    """One client per process."""
    return boto3.client("sqs")


def send(queue_url: str, bodies: Sequence[str]) -> None:
    """Send messages.

    Raises:
        NotSentAgainError: SQS refused one; a retry helps.
    """
    for start in range(0, len(bodies), MOST_PER_REQUEST):
        answer = sqs_client().send_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(place), "MessageBody": body}
                for place, body in enumerate(bodies[start : start + MOST_PER_REQUEST])
            ],
        )
        if refused := answer.get("Failed"):
            raise NotSentAgainError(f"SQS refused messages: {refused[0].get('Message')}")
