"""Turns errors of AWS's libraries into one sentence with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

# Services have different codes for the same; each API reference lists its own.
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
}
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
}

NO_CREDENTIALS = (
    "No AWS credentials found. Sign in with `aws configure` or `aws sso login`, "
    "or name a profile: export AWS_PROFILE=..."
)
NO_REGION = (
    "No AWS region is set. Use --region eu-central-1, export AWS_REGION, or run `aws configure`."
)
SIGN_IN_EXPIRED = "Your AWS sign-in has expired. Sign in again, for example with `aws sso login`."


class OperationError(Exception):
    """A command can't continue; the message says why and what to do."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn an error of AWS's libraries into an `OperationError`.

    Raises:
        OperationError: something inside the block raised a botocore error.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OperationError(explain(error)) from error


def explain(error: BotoCoreError | ClientError) -> str:
    """Explain an error of AWS's libraries: what it means and what to do."""
    if isinstance(error, ClientError):
        return _explain_answer(error)
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            text = NO_CREDENTIALS
        case NoRegionError():
            text = NO_REGION
        case ProfileNotFound():
            text = f"{error}. `aws configure list-profiles` lists the profiles."
        case SSOError() | TokenRetrievalError():
            text = SIGN_IN_EXPIRED
        case EndpointConnectionError():
            text = (
                f"{error} Is the region spelled right? Is this machine online? "
                "If AWS_ENDPOINT_URL is set, is the local cloud still up?"
            )
        case _:
            text = f"AWS's library failed: {error}"
    return text


def _explain_answer(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    if code in EXPIRED:
        return SIGN_IN_EXPIRED
    if code in UNKNOWN:
        return (
            f"AWS rejected these credentials ({code}). `aws sts get-caller-identity` "
            "shows who you are; AWS_PROFILE chooses another profile."
        )
    if code in DENIED:
        return (
            f"These credentials don't allow {error.operation_name}: {message} "
            "Ask for that permission, or choose another profile with AWS_PROFILE."
        )
    return f"AWS refused {error.operation_name} ({code}): {message}"
