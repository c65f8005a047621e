"""Every error of our own that leaves a module.

DroptrainError
├── SettingsError     the environment of a function is incomplete or out of bounds
├── ConflictError     a conditional write lost: somebody else wrote first
├── NotYetError       nothing has failed: the next try is expected to go on
│   └── OutOfTimeError  too little time is left; a retry goes on where it stopped
├── UncopyableError   S3 will never copy some objects as they are; the split decides without them
├── SameContentError  copies turned out to be alike; the split decides again, knowing it
├── CopyCheckError    what was copied is not what was listed; a retry goes on where it stopped
└── BusyError         another invocation holds the claim; a retry comes later
"""

from __future__ import annotations

from collections.abc import Mapping


class DroptrainError(Exception):
    """Base of every error of ours."""


class SettingsError(DroptrainError):
    """When a function's environment lacks a variable or holds one out of bounds."""


class ConflictError(DroptrainError):
    """When a conditional write finds that another writer came first."""


class NotYetError(DroptrainError):
    """When Lambda is to try again, and the status need not call it a failure."""


class OutOfTimeError(NotYetError):
    """When an invocation stops before Lambda would end it; `done` copies were made in it."""

    def __init__(self, message: str, done: int = 0) -> None:
        super().__init__(message)
        self.done = done


class UncopyableError(DroptrainError):
    """When S3 will never copy some objects as they are; `reasons` holds why, by key."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(f"S3 does not copy {len(reasons)} objects")
        self.reasons = reasons


class SameContentError(DroptrainError):
    """When the copies show that images the split took for different ones are the same."""


class CopyCheckError(DroptrainError):
    """When a listing of the dataset does not show what was copied."""


class BusyError(DroptrainError):
    """When another invocation is at the same work; Lambda retries the event later."""
