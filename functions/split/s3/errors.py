"""Classifies an error of S3: try again, slow down, leave this object out, or give up.

obstore's errors contain S3's response as text alone: its status and the XML of its body.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)

from split.drop.reasons import ARCHIVED, DENIED, GONE, TOO_LARGE

REASONS = {
    "InvalidObjectState": ARCHIVED,
    # CopyObject documents this one, GetObject the one above.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#API_CopyObject_Errors
    "ObjectNotInActiveTierError": ARCHIVED,
    "NoSuchKey": GONE,
    "NoSuchVersion": GONE,
    "AccessDenied": DENIED,
}
LARGEST_SOURCE = "larger than the maximum allowable size for a copy source"
# Transient, although their status is 4xx.
TRANSIENT = {"RequestTimeout", "OperationAborted", "ConditionalRequestConflict"}
SLOW_DOWN = {"SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException", "InternalError"}

STATUS = re.compile(r"status code: (\d{3})")
CODE = re.compile(r"<Code>(\w+)</Code>")
TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError)
TIMEOUT = "kind: Timeout"


@dataclass(frozen=True)
class RequestFailure:
    """`reason`: S3 will never serve this object. Otherwise `retry`, or give up on everything."""

    reason: str = ""
    retry: bool = False
    slow_down: bool = False


def classify(error: Exception) -> RequestFailure:
    """Classify an error of obstore or boto3."""
    if isinstance(error, ClientError):
        response = error.response
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(response.get("Error", {}).get("Code", ""))
        return _failure(status, code, str(error))
    text = str(error)
    if isinstance(error, HTTPClientError):
        return RequestFailure(retry=True, slow_down=isinstance(error, TIMEOUTS))
    status_match, code_match = STATUS.search(text), CODE.search(text)
    if status_match or code_match:
        status = int(status_match[1]) if status_match else 0
        return _failure(status, code_match[1] if code_match else "", text)
    if "Generic S3 error" in text:
        # No response: the connection could not be made, broke, or took too long.
        return RequestFailure(retry=True, slow_down=TIMEOUT in text)
    return RequestFailure()


def _failure(status: int, code: str, text: str) -> RequestFailure:
    reason = REASONS.get(code) or (TOO_LARGE if LARGEST_SOURCE in text else "")
    if reason:
        return RequestFailure(reason=reason)
    if status >= 500 or status == 429 or code in SLOW_DOWN:
        return RequestFailure(retry=True, slow_down=True)
    # 200 with an error in its body: a copy that failed after S3 had begun to respond.
    return RequestFailure(retry=code in TRANSIENT or status in (0, 200, 408))
