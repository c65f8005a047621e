"""The errors of this project that leave a module."""

from __future__ import annotations


class DroptrainError(Exception):
    """Base of every error of this project."""


class SettingsError(DroptrainError):
    """A variable of a function's environment is missing or out of bounds."""


class ConflictError(DroptrainError):
    """A conditional write lost: another writer came first."""


class BusyError(DroptrainError):
    """Another invocation is at the same work; Lambda retries the event later."""


class NotYetError(DroptrainError):
    """Lambda should try again, and the status needn't call it a failure."""


class OutOfTimeError(NotYetError):
    """The invocation stops before Lambda would end it, after it made `done` copies."""

    def __init__(self, message: str, done: int = 0) -> None:
        super().__init__(message)
        self.done = done


class CopyCheckError(DroptrainError):
    """A listing shows that copies are missing or differ from their sources."""
