from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from obstore.exceptions import GenericError, PermissionDeniedError

from split.drop.reasons import ARCHIVED, DENIED, GONE, TOO_LARGE
from split.s3.errors import RequestFailure, classify

TRANSIENT = RequestFailure(retry=True)
SLOWER = RequestFailure(retry=True, slow_down=True)
FINAL = RequestFailure()


def obstore_text(status: str, code: str, message: str = "") -> str:
    """Write an error as obstore does."""
    return (
        "Generic S3 error: Error performing PUT http://127.0.0.1/bucket/d/a in 245.203µs - Server "
        f"returned non-2xx status code: {status}: <Error><Code>{code}</Code><Message>{message}"
        "</Message></Error>\n\nDebug source:\nGeneric { retry_timeout: 180s }"
    )


def without_answer(kind: str) -> str:
    """Write the error of a request that was not answered as obstore does."""
    return (
        "Generic S3 error: Error performing PUT http://127.0.0.1/bucket/b in 1.0s - HTTP error: "
        "error sending request\n\nDebug source:\nGeneric { retry_timeout: 180s, inner: Http( "
        f"HttpError {{ kind: {kind}, source: reqwest::Error {{ kind: Request }} }} ) }}"
    )


def boto(status: int, code: str, message: str = "") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]
        },
        "CopyObject",
    )


ANSWERS = [
    (503, "SlowDown", SLOWER),
    (500, "InternalError", SLOWER),
    (429, "TooManyRequests", SLOWER),
    (400, "RequestTimeout", TRANSIENT),
    (409, "OperationAborted", TRANSIENT),
    (403, "InvalidObjectState", RequestFailure(reason=ARCHIVED)),
    (404, "NoSuchKey", RequestFailure(reason=GONE)),
    (403, "AccessDenied", RequestFailure(reason=DENIED)),
    (404, "NoSuchBucket", FINAL),
    (403, "ExpiredToken", FINAL),
    (400, "InvalidRequest", FINAL),
]
LARGEST = (
    "The specified copy source is larger than the maximum allowable size for a copy source: "
    "5368709120"
)


@pytest.mark.parametrize(("status", "code", "failure"), ANSWERS)
def test_both_libraries_errors_mean_the_same(status: int, code: str, failure: RequestFailure):
    assert classify(GenericError(obstore_text(f"{status} Words", code))) == failure
    assert classify(boto(status, code)) == failure


def test_a_source_over_5_gb_is_recognised_by_its_message():
    failure = RequestFailure(reason=TOO_LARGE)
    assert (
        classify(GenericError(obstore_text("400 Bad Request", "InvalidRequest", LARGEST)))
        == failure
    )
    assert classify(boto(400, "InvalidRequest", LARGEST)) == failure


def test_an_error_in_the_body_of_a_200_is_transient():
    error = "Generic S3 error: Server returned error response: <Error><Code>InternalError</Code>"
    assert classify(GenericError(error)) == SLOWER


def test_a_broken_connection_is_transient_and_a_timeout_asks_to_slow_down():
    assert classify(GenericError(without_answer("Request"))) == TRANSIENT
    assert classify(GenericError(without_answer("Timeout"))) == SLOWER
    assert classify(ConnectionClosedError(endpoint_url="x")) == TRANSIENT
    assert classify(ReadTimeoutError(endpoint_url="x")) == SLOWER


def test_an_error_that_is_not_from_s3_is_final():
    assert classify(KeyError("our own mistake")) == FINAL
    assert classify(PermissionDeniedError("status code: 403 Forbidden: no credentials")) == FINAL
