"""Each usual failure of an AWS call is one sentence with the way out."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from operations.errors import OperationError, explain, explained


def answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoCredentialsError(), "aws sso login"),
        (NoRegionError(), "--region"),
        (ProfileNotFound(profile="work"), "aws configure list-profiles"),
        (UnauthorizedSSOTokenError(), "aws sso login"),
        (EndpointConnectionError(endpoint_url="http://localhost:1"), "local cloud still up"),
        (answer("ExpiredToken"), "aws sso login"),
        (answer("ExpiredTokenException"), "aws sso login"),
        (answer("InvalidClientTokenId"), "aws sts get-caller-identity"),
        (answer("AccessDenied"), "don't allow DescribeStacks"),
        (answer("AccessDeniedException"), "don't allow DescribeStacks"),
        (answer("Throttling"), "AWS refused DescribeStacks (Throttling): No."),
    ],
)
def test_an_error_becomes_a_sentence(error: BotoCoreError | ClientError, remedy: str):
    sentence = explain(error)

    assert remedy in sentence
    assert "\n" not in sentence


def test_other_errors_are_not_swallowed():
    with pytest.raises(ZeroDivisionError), explained():
        _ = 1 / 0
    with pytest.raises(OperationError), explained():
        raise NoCredentialsError
