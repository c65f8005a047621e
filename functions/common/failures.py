"""Reports in the status that an attempt failed, why, and the remedy; a later success withdraws it.

Lambda tries an asynchronous event three times and doesn't tell a function which attempt it is. So
each attempt that fails reports it, and the one that succeeds restores what the status showed
before. A function that would run into Lambda's timeout ends itself before (`common.time_limit`).
One that Lambda kills at its memory limit can't report anything: the failure queue and its alarm do,
and later the watch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import DroptrainError, NotYetError
from common.observability import logger
from common.s3 import Bucket
from common.status import StatusBoard
from common.status_document import Section, StatusEntry, StatusFacts
from common.time_limit import time_limit

MAXIMUM_CHARACTERS = 400
# The name of plot's work. The watch reports under it, too, so plot's success withdraws that.
REPORTING_THE_RUN = "Reporting the run"

# obstore's errors carry S3's answer, the XML of its body, only as text.
CODE = re.compile(r"<Code>(\w+)</Code>")
FORBIDDEN = (
    "A rule of the account, the bucket's policy or the function's role forbids it: deploy the "
    "template again, or ask the account's administrator."
)
BUSY = "AWS was too busy; a later attempt often succeeds."
REMEDIES = dict.fromkeys(("AccessDenied", "AccessDeniedException", "AllAccessDisabled"), FORBIDDEN)
REMEDIES |= dict.fromkeys(("Throttling", "ThrottlingException", "TooManyRequestsException"), BUSY)
REMEDIES |= dict.fromkeys(("SlowDown", "ServiceUnavailable"), BUSY)


@dataclass(frozen=True)
class Work:
    """What a function does, the section of the status it reports to, and what to do if it fails."""

    name: str
    section: Section
    remedy: str


@contextmanager
def reporting_failures(
    bucket: str,
    work: Work,
    may_replace: Callable[[StatusEntry], bool],
    as_of: datetime,
    seconds_left: float,
    **facts: Unpack[StatusFacts],
) -> Iterator[None]:
    """Report an attempt that fails or takes too long, and let its exception go on to Lambda.

    `seconds_left` is the time until Lambda ends the function. `may_replace` says whether the
    failure may replace what the section shows now: not if that is the end of this very work. News
    later than `as_of` stays in any case.
    """
    board = StatusBoard(Bucket(bucket))
    try:
        with time_limit(seconds_left):
            yield
    except NotYetError:
        raise
    except Exception as error:
        with _logged():
            sentence = (
                f"{work.name} failed: {reason_of(error)} Three attempts are made within a few "
                "minutes. If this is still shown after half an hour, fix the cause, then "
                f"{work.remedy}"
            )
            board.report_failing(work.section, work.name, sentence, may_replace, as_of, facts)
        raise
    with _logged():
        board.withdraw_failing(work.section, work.name)


def reason_of(error: Exception) -> str:
    """Return the reason as a sentence for people.

    The text of an error of a library is left to the log: it may hold anything.
    """
    if isinstance(error, DroptrainError):
        return _sentence(str(error))
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        code, message = str(answer.get("Code")), str(answer.get("Message", ""))
        return _answer(f"AWS answered {error.operation_name} with {code}: {message}", code)
    if match := CODE.search(str(error)):
        return _answer(f"S3 answered with {match[1]}", match[1])
    if isinstance(error, BotoCoreError):
        return f"AWS could not be reached ({type(error).__name__})."
    return f"an unexpected {type(error).__name__}; see the function's log (`droptrain logs`)."


def _answer(words: str, code: str) -> str:
    return f"{_sentence(words)} {REMEDIES.get(code, '')}".strip()


def _sentence(words: str) -> str:
    words = " ".join(words.split())
    if len(words) > MAXIMUM_CHARACTERS:
        words = f"{words[:MAXIMUM_CHARACTERS]}…"
    return f"{words.rstrip('.: ')}."


@contextmanager
def _logged() -> Iterator[None]:
    """Log an error of the status instead of raising it: the work and its own error matter more."""
    try:
        yield
    except Exception:
        logger.exception("the status could not be written")
