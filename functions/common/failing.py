"""Says in the status that a try failed, why, and the way out; takes it back when a try succeeds.

Lambda tries an asynchronous event three times, and nobody tells a function which of its tries it is
in: each that fails says so, and the one that succeeds puts back what stood there. A function that
Lambda kills at its timeout says nothing: then the failure queue and its alarm tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import DroptrainError, NotYetError
from common.observability import logger
from common.status import Entry, StatusBoard
from common.storage import Bucket

MAXIMUM_CHARACTERS = 400

# obstore's errors carry S3's answer, the XML of its body, as text alone.
CODE = re.compile(r"<Code>(\w+)</Code>")
REMEDIES = {
    "AccessDenied": "A rule of the account, the bucket's policy or the function's role forbids it: "
    "deploy the template again, or ask whoever administers the account.",
    "Throttling": "AWS had too much to do; a later try often succeeds.",
}
KINDS = {
    "AccessDeniedException": "AccessDenied",
    "AllAccessDisabled": "AccessDenied",
    "ThrottlingException": "Throttling",
    "TooManyRequestsException": "Throttling",
    "SlowDown": "Throttling",
    "ServiceUnavailable": "Throttling",
}


@dataclass(frozen=True)
class Work:
    """What a function does, the section of the status that tells of it, and the way out."""

    name: str
    section: str
    way_out: str


@contextmanager
def told_when_failing(
    bucket: str,
    work: Work,
    may_replace: Callable[[Entry], bool],
    as_of: datetime,
    **facts: Any,
) -> Iterator[None]:
    """Report a try that fails, and let its exception go on to Lambda.

    `may_replace` says whether what the section shows now may be written over: not when it speaks
    of the end of this very work. What is newer than `as_of` stays in any case.
    """
    board = StatusBoard(Bucket(bucket))
    try:
        yield
    except NotYetError:
        raise
    except Exception as error:
        with _logged():
            sentence = (
                f"{work.name} failed: {reason_of(error)} It is tried three times within some "
                "minutes. Should this stand here for more than half an hour: mend the cause, then "
                f"{work.way_out}"
            )
            board.report_failing(work.section, work.name, sentence, may_replace, as_of, facts)
        raise
    with _logged():
        board.withdraw_failing(work.section, work.name)


def reason_of(error: Exception) -> str:
    """Return a sentence for people: our own words, or which answer of AWS it was.

    The text of any other error is left to the log: it may hold anything.
    """
    if isinstance(error, DroptrainError):
        return _sentence(str(error))
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        code, message = str(answer.get("Code")), str(answer.get("Message", ""))
        return _answer(f"AWS answered {error.operation_name} with {code}: {message}", code)
    if found := CODE.search(str(error)):
        return _answer(f"S3 answered with {found[1]}", found[1])
    if isinstance(error, BotoCoreError):
        return f"AWS could not be reached ({type(error).__name__})."
    return f"an unexpected {type(error).__name__}, which the function's log tells in full."


def _answer(words: str, code: str) -> str:
    return f"{_sentence(words)} {REMEDIES.get(KINDS.get(code, code), '')}".strip()


def _sentence(words: str) -> str:
    words = " ".join(words.split())
    if len(words) > MAXIMUM_CHARACTERS:
        words = f"{words[:MAXIMUM_CHARACTERS]}…"
    return f"{words.rstrip('.: ')}."


@contextmanager
def _logged() -> Iterator[None]:
    """What the work did, or why it failed, matters more than that it could not be told."""
    try:
        yield
    except Exception:
        logger.exception("the status could not be written")
