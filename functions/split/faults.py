"""What an error of S3 means for a copy: try again, slow down, leave this object out, or give up.

obstore's errors carry S3's answer as text alone, its status and the XML of its body.
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

# Reasons that stand in the manifest.
ARCHIVED = "archived: S3 copies it once it is restored"
GONE = "gone since it was listed"
DENIED = "S3 denies access to it"
TOO_LARGE = "larger than the 5 GB that S3 copies"

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
# Answered with a status of 4xx, and yet by chance.
PASSING = {"RequestTimeout", "OperationAborted", "ConditionalRequestConflict"}
SLOW_DOWN = {"SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException", "InternalError"}

STATUS = re.compile(r"status code: (\d{3})")
CODE = re.compile(r"<Code>(\w+)</Code>")
TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError)
TIMEOUT = "kind: Timeout"


@dataclass(frozen=True)
class Fault:
    """`reason`: this one object can never be copied. Else try again, or, if not, give up."""

    reason: str = ""
    again: bool = False
    slow_down: bool = False


def fault_of(error: Exception) -> Fault:
    """Read an error of obstore or boto3."""
    if isinstance(error, ClientError):
        answer = error.response
        status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(answer.get("Error", {}).get("Code", ""))
        return _fault(status, code, str(error))
    text = str(error)
    if isinstance(error, HTTPClientError):
        return Fault(again=True, slow_down=isinstance(error, TIMEOUTS))
    status_found, code_found = STATUS.search(text), CODE.search(text)
    if status_found or code_found:
        status = int(status_found[1]) if status_found else 0
        return _fault(status, code_found[1] if code_found else "", text)
    if "Generic S3 error" in text:
        # No answer: the connection could not be made, broke, or took too long.
        return Fault(again=True, slow_down=TIMEOUT in text)
    return Fault()


def _fault(status: int, code: str, text: str) -> Fault:
    reason = REASONS.get(code) or (TOO_LARGE if LARGEST_SOURCE in text else "")
    if reason:
        return Fault(reason=reason)
    if status >= 500 or status == 429 or code in SLOW_DOWN:
        return Fault(again=True, slow_down=True)
    # 200 with an error in its body: a copy that failed after S3 had begun to answer.
    return Fault(again=code in PASSING or status in (0, 200, 408))
