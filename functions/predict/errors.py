"""The errors of this function that leave a module."""

from __future__ import annotations

from common.errors import DroptrainError


class ModelError(DroptrainError):
    """The files of a run's model are missing or can't be used."""


class NotSentAgainError(DroptrainError):
    """A question about an image that is there already couldn't be asked again."""
